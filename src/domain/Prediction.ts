/**
 * What theory says of a run before it runs: how busy each machine is, how fast queues grow, how fast clocks run. For N
 * machines on any graph; docs/PREDICTION.md derives it.
 *
 * A machine at r ticks a second takes a message at a tick if it has one and rolls its die otherwise, so what comes in
 * to it, lambda, depends on how often its senders find nothing to take: lambda_i = sum_j p_ji r_j (1 - rho_j), and
 * rho_i = min(1, lambda_i / r_i). `prediction/FixedPoints.ts` solves this, `prediction/ClockRates.ts` the clocks that
 * follow from it (Lamport 1978). Where several solutions hold, a run settles in one of them, and which one is chance.
 */
import * as ClockRates from "./prediction/ClockRates.ts"
import * as FixedPoints from "./prediction/FixedPoints.ts"
import * as Senders from "./prediction/Senders.ts"
import * as RunConfig from "./RunConfig.ts"

export interface MachinePrediction {
  readonly machine: number
  /** Ticks a second. */
  readonly rateHz: number
  /** Messages a second that come in: lambda. */
  readonly arrivalsHz: number
  /** rho = min(1, lambda / rate): the part of its ticks that take a message. */
  readonly utilisation: number
  /** As much comes in as it can take, or more. */
  readonly saturated: boolean
  /** Messages a second by which what waits for it grows: max(0, lambda - rate). */
  readonly queueGrowthHz: number
  /** Ticks of the logical clock a second, a fluid lower estimate: machines of similar rate lift each other above it. */
  readonly clockRateHz: number
  /** The sender whose clock this one follows; null where it follows its own ticks. */
  readonly follows: number | null
}

/** One way in which the run can last. */
export interface FixedPoint {
  /** Machines 1..N in order. */
  readonly machines: ReadonlyArray<MachinePrediction>
  /** Whether a run that is pushed off it comes back; one that does not is left sooner or later. */
  readonly stable: boolean
}

export interface Prediction {
  /** At least one. Where they are several, the run chooses. */
  readonly fixedPoints: ReadonlyArray<FixedPoint>
  /** Whether these are proved to be all; otherwise they are those that were found. */
  readonly complete: boolean
  /** Whether all that lies between some two of them are fixed points too. */
  readonly continuum: boolean
}

export const predict = (config: RunConfig.RunConfig): Prediction => {
  const rates = Float64Array.from(RunConfig.ratesOf(config))
  const senders = Senders.of(config)
  const { found, complete, continuum } = FixedPoints.solve(rates, senders, config.seed)
  return {
    fixedPoints: found.map(({ rollsHz, stable }) => ({
      machines: machinesOf(rates, senders, rollsHz),
      stable,
    })),
    complete,
    continuum,
  }
}

const machinesOf = (
  rates: Float64Array,
  senders: Senders.Senders,
  rollsHz: Float64Array,
): ReadonlyArray<MachinePrediction> => {
  const { clockRateHz, follows } = ClockRates.solve(rates, senders, rollsHz)
  return Array.from({ length: rates.length - 1 }, (_, k): MachinePrediction => {
    const machine = k + 1
    const rateHz = rates[machine]!
    const arrivalsHz = Senders.arrivalsHz(senders, rollsHz, machine)
    const saturated = ClockRates.isSaturated(rates, rollsHz, machine)
    return {
      machine,
      rateHz,
      arrivalsHz,
      utilisation: saturated ? 1 : Math.min(1, arrivalsHz / rateHz),
      saturated,
      queueGrowthHz: Math.max(0, arrivalsHz - rateHz),
      clockRateHz: clockRateHz[machine]!,
      follows: follows[machine] === 0 ? null : follows[machine]!,
    }
  })
}
