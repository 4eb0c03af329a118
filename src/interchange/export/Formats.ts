/** Every format in which a run can be had. */

import { format as csv } from "./EventTable.ts"
import type { Format } from "./Exporter.ts"
import { format as jsonl } from "./JsonLines.ts"
import { format as log } from "./MachineLogs.ts"
import { format as otlp } from "./Otlp.ts"
import { format as perfetto } from "./Perfetto.ts"
import { format as shiviz } from "./ShiViz.ts"

export const formats: ReadonlyArray<Format> = [jsonl, log, csv, shiviz, otlp, perfetto]

export const formatOf = (name: unknown): Format | undefined => formats.find((format) => format.name === name)
