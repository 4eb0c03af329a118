/** Configurations drawn at random for tests of the virtual engine. */
import type { Latency } from "../../../src/domain/Latency.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"

/** Small ones, in which much meets at one instant, inboxes are short and latencies from nothing to seconds. */
export const drawn = (seed: number): RunConfig.RunConfig => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 1)
  const below = (n: number) => Random.below(draw(), n)
  const machines = [1, 2, 3, 3, 4, 7, 20][below(7)]!
  const lowUs = [1, 2, 1_000, 250_000, 3_000_000][below(5)]!
  const latency: Latency =
    below(2) === 0
      ? { law: "constant", us: lowUs }
      : { law: "uniform", lowUs, highUs: lowUs + [1, 10, 500_000][below(3)]! }
  return {
    ...RunConfig.virtualDefaults,
    machines,
    seed: below(1_000_000),
    durationUs: 1_000_000 * (1 + below(6)),
    rates: below(2) === 0 ? Array.from({ length: machines }, () => [1, 2, 4, 50, 1_000][below(5)]!) : null,
    equalRates: below(2) === 0,
    rateRange: [1, [6, 40][below(2)]!],
    sides: [3, 4, 10][below(3)]!,
    capacity: [1, 2, 5, 1_024][below(4)]!,
    overflow: (["backpressure", "drop-newest", "drop-oldest"] as const)[below(3)]!,
    latency,
  }
}
