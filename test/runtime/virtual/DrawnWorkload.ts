/** Configurations of runs with a workload, drawn at random: networks, clocks and faults of every kind that it bears. */
import * as Random from "../../../src/domain/Random.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import type * as Workload from "../../../src/domain/Workload.ts"
import { drawnFaults, drawnReach } from "./DrawnFaults.ts"

type Below = (n: number) => number

/** Latencies from far less than a tick to some ticks. */
const drawnLatency = (below: Below): RunConfig.RunConfig["latency"] => {
  const us = [1, 1_000, 30_000, 250_000][below(4)]!
  switch (below(3)) {
    case 0:
      return { law: "constant", us }
    case 1:
      return { law: "uniform", lowUs: us, highUs: us + [1, 10_000, 500_000][below(3)]! }
    default:
      return { law: "exponential", meanUs: us }
  }
}

/** Of 2 to 7 machines and some thousand events; three in four with delays, cuts, pauses and crashes; some with links that overtake, put in order again. */
export const drawn = (workload: Workload.Name, seed: number): RunConfig.RunConfig => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 4)
  const below = (n: number) => Random.below(draw(), n)
  const machines = 2 + below(6)
  const rate = [5, 20, 50][below(3)]!
  const config: RunConfig.RunConfig = {
    ...RunConfig.virtualDefaults,
    workload,
    machines,
    seed: below(1_000_000),
    durationUs: Math.floor(((100 + 200 * below(4)) * 1_000_000) / rate),
    rates: Array.from({ length: machines }, () => rate + below(2) * below(3 * rate)),
    sides: [4, 6, 10, 30][below(4)]!,
    capacity: [1, 2, 5, 1_024][below(4)]!,
    latency: drawnLatency(below)!,
    ...(workload === "mutex" ? { topology: "complete" } : drawnReach(seed, machines)),
  }
  const faults = below(4) === 0 ? [] : drawnFaults(below, config)
  const duplicationPpm = below(3) > 0 ? 0 : [10_000, 200_000][below(2)]!
  const mayBeOrdered = duplicationPpm === 0 && !faults.some(({ fault }) => fault === "crash")
  return {
    ...config,
    ...(faults.length === 0 ? {} : { faults }),
    ...(duplicationPpm === 0 ? {} : { duplicationPpm }),
    ...(below(3) > 0 ? {} : { skewPpm: [10_000, 500_000][below(2)]! }),
    ...(mayBeOrdered && below(2) === 0
      ? { links: "unordered", delivery: (["fifo", "causal", "total"] as const)[below(3)]! }
      : {}),
  }
}
