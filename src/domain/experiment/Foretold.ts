/**
 * What theory says of an experiment's measures (docs/PREDICTION.md), of a run as a whole: a fluid estimate, which knows
 * neither chance nor the network, so that a queue that does not grow is 0 and machines of similar rate do not lift each
 * other. What they lift each other by on a fast network is a number of its own.
 */
import * as Limits from "../Limits.ts"
import * as Prediction from "../Prediction.ts"
import * as ExpectedLift from "../prediction/ExpectedLift.ts"
import type { RunConfig } from "../RunConfig.ts"
import type { Measure } from "./Measures.ts"

export type Foretold = Readonly<Partial<Record<Measure | "expectedLift", number>>>

const nothing: Foretold = {}

/** Nothing where the run chooses between several fixed points, or where there are more machines than are solved soon. */
export const of = (config: RunConfig): Foretold => {
  if (config.machines > Limits.maxForetoldMachines) return nothing
  const stable = Prediction.predict(config).fixedPoints.filter((point) => point.stable)
  const [point] = stable
  if (point === undefined || stable.length > 1) return nothing
  const seconds = config.durationUs / 1e6
  const { machines } = point
  const most = (of: (machine: Prediction.MachinePrediction) => number) => Math.max(...machines.map(of))
  const sum = (of: (machine: Prediction.MachinePrediction) => number) =>
    machines.reduce((all, machine) => all + of(machine), 0)
  const clockRate = most(({ clockRateHz }) => clockRateHz)
  const received = sum(({ rateHz, utilisation }) => rateHz * utilisation)
  // A clock gains one at a roll, and at receipts all the rest.
  const jumped = sum(({ clockRateHz, rateHz, utilisation }) => clockRateHz - rateHz * (1 - utilisation))
  const growth = most(({ queueGrowthHz }) => queueGrowthHz) * seconds
  return {
    clock: clockRate * seconds,
    clockRate,
    expectedLift: ExpectedLift.hz(config, point),
    messages: received * seconds,
    ...(received === 0 ? {} : { meanJump: jumped / received }),
    largestQueue: Math.min(growth, config.capacity),
    largestBehind: (clockRate + most(({ clockRateHz }) => -clockRateHz)) * seconds,
  }
}

/** The mean of what is foretold of several runs; of each measure only where it is foretold of all. */
export const mean = (all: ReadonlyArray<Foretold>): Foretold => {
  const [first = nothing] = all
  const measures = (Object.keys(first) as ReadonlyArray<Measure>).filter((measure) =>
    all.every((one) => one[measure] !== undefined),
  )
  return Object.fromEntries(
    measures.map((measure) => [measure, all.reduce((sum, one) => sum + one[measure]!, 0) / all.length]),
  )
}
