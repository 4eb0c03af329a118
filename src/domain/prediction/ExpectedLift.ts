/**
 * How much of a surplus over the fluid estimate is to be expected of the fastest clock: machines of similar rate lift
 * each other (docs/PREDICTION.md). A law that was fitted to runs in virtual time (scripts/lift.ts) and holds for a
 * network that is fast beside the ticks: latency takes the lift away.
 *
 * Each other machine j that sends to the fastest, at r ticks a second, lifts it by its x_j rolls a second times the
 * p messages a roll sends there, less the more slowly it ticks: A p (1 - B p) x_j exp(-K (1 - r_j / r) / sqrt(p)).
 */
import * as Limits from "../Limits.ts"
import type { FixedPoint } from "../Prediction.ts"
import * as RunConfig from "../RunConfig.ts"
import * as Senders from "./Senders.ts"

const [a, b, k] = [0.5, 0.6, 2]

/** Of the machine that ticks fastest, ticks of the logical clock a second. */
export const hz = (config: RunConfig.RunConfig, { machines }: FixedPoint): number => {
  if (config.machines > Limits.maxForetoldMachines) return 0
  const senders = Senders.of({ ...config, rates: [...RunConfig.ratesOf(config).subarray(1)] })
  const head = machines.reduce((fastest, one) => (one.rateHz > fastest.rateHz ? one : fastest))
  return machines.reduce((sum, { machine, rateHz, utilisation }) => {
    const p = machine === head.machine ? 0 : Senders.perRollOf(senders, head.machine, machine)
    if (p === 0) return sum
    const rolls = rateHz * (1 - utilisation)
    return sum + a * p * (1 - b * p) * rolls * Math.exp((-k * (1 - rateHz / head.rateHz)) / Math.sqrt(p))
  }, 0)
}
