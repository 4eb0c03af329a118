/** The logs that can be read. */
import * as ArrayLog from "./ArrayLog.ts"
import * as CsvLog from "./CsvLog.ts"
import type { Format, Sample } from "./Format.ts"
import * as JsonLines from "./JsonLines.ts"
import * as OtlpTraces from "./OtlpTraces.ts"
import * as ShiVizLog from "./ShiVizLog.ts"
import * as TextLog from "./TextLog.ts"
import * as VectorText from "./VectorText.ts"

export const formats: ReadonlyArray<Format> = [
  JsonLines.format,
  CsvLog.format,
  VectorText.format,
  ArrayLog.format,
  ShiVizLog.format,
  OtlpTraces.format,
  TextLog.format,
]

export interface Recognised {
  readonly format: Format
  readonly likeness: number
}

/** Less alike than this is like nothing that is known. */
const leastLikeness = 0.5

/** The format that a sample is most like. */
export const recognise = (sample: Sample): Recognised | undefined => {
  let best: Recognised | undefined
  for (const format of formats) {
    const likeness = format.likeness(sample)
    if (likeness > (best?.likeness ?? 0)) best = { format, likeness }
  }
  return best !== undefined && best.likeness >= leastLikeness ? best : undefined
}
