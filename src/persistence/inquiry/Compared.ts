/** A run's prediction beside what was measured of it. */
import type { Prediction } from "../../domain/Prediction.ts"
import { type Comparison, comparer, isForetold } from "../../domain/prediction/Comparison.ts"
import * as Analysis from "./Analysis.ts"

export interface Compared {
  readonly prediction: Prediction
  readonly seconds: number
  readonly comparison: ReadonlyArray<Comparison>
}

/** Undefined for a log that does not say what was run, or of which too much was. */
export const compare = ({ config, measured }: Analysis.Analysis): Compared | undefined => {
  if (config === undefined || measured === undefined || !isForetold(config)) return undefined
  const foretold = comparer(config)
  return {
    prediction: foretold.prediction,
    seconds: measured.seconds,
    comparison: foretold.compare(measured),
  }
}

export const toJson = ({ prediction, seconds, comparison }: Compared) => ({
  seconds,
  complete: prediction.complete,
  continuum: prediction.continuum,
  fixedPoints: prediction.fixedPoints,
  comparison,
})

/** The JSON of `show`: what is said of a run, and its prediction. */
export const show = (analysis: Analysis.ReadAnalysis) => {
  const compared = compare(analysis)
  const prediction = compared === undefined ? null : toJson(compared)
  return { ...Analysis.toJson(analysis), counts: analysis.verdict.counts, prediction }
}
