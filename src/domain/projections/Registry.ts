/** The projections that every run keeps. To add one, write its file and name it here. */
import { clockHistory } from "./ClockHistory.ts"
import { machines } from "./Machines.ts"
import { messages } from "./Messages.ts"
import { predictions } from "./Predictions.ts"
import type { Projection } from "./Projection.ts"
import { queueLengths } from "./QueueLengths.ts"

export const registry: ReadonlyArray<Projection> = [
  machines,
  messages,
  queueLengths,
  clockHistory,
  predictions,
]
