/**
 * How fast logical clocks run, as a fluid lower estimate. By Lamport's rules (1978) a clock gains one at each of its
 * machine's own ticks, and a receipt lifts it above the clock that the message carries. So an unsaturated machine, whose
 * messages are fresh, runs as fast as the fastest that reaches it; a saturated one takes r_i of the lambda_i messages
 * that come each second, so what it takes at time t was sent at t r_i / lambda_i, and its clock runs by that much slower.
 */
import * as Senders from "./Senders.ts"

export interface ClockRates {
  /** By machine, ticks of the logical clock a second; entry 0 unused. */
  readonly clockRateHz: Float64Array
  /** The sender that a machine's clock follows; 0 where it follows its own ticks. */
  readonly follows: Int32Array
}

/** Whether a machine gets as much as it can take. */
export const isSaturated = (rates: Float64Array, rollsHz: Float64Array, machine: number): boolean =>
  rates[machine]! > 0 && rollsHz[machine] === 0

/** The least solution, reached from below: clocks begin at their machines' own rates and only rise. */
export const solve = (rates: Float64Array, senders: Senders.Senders, rollsHz: Float64Array): ClockRates => {
  const clockRateHz = rates.slice()
  const follows = new Int32Array(rates.length)
  let changed = true
  while (changed) {
    changed = false
    for (let i = 1; i < rates.length; i++) {
      const share = isSaturated(rates, rollsHz, i)
        ? Math.min(1, rates[i]! / Senders.arrivalsHz(senders, rollsHz, i))
        : 1
      for (let slot = Senders.slots * i; slot < Senders.slots * (i + 1); slot++) {
        const from = senders.sender[slot]!
        if (rollsHz[from] === 0 || clockRateHz[from]! * share <= clockRateHz[i]!) continue
        clockRateHz[i] = clockRateHz[from]! * share
        follows[i] = from
        changed = true
      }
    }
  }
  return { clockRateHz, follows }
}
