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

/** What part of a clock's rate a message brings to a machine that takes r_i of the lambda_i that come. */
const shareOf = (
  rates: Float64Array,
  senders: Senders.Senders,
  rollsHz: Float64Array,
  machine: number,
): number =>
  isSaturated(rates, rollsHz, machine)
    ? Math.min(1, rates[machine]! / Senders.arrivalsHz(senders, rollsHz, machine))
    : 1

/**
 * Whom each clock follows: of the senders that bring it its rate, one by the fewest messages from the clock's own
 * machine, and of these the one that sends most.
 */
const followed = (
  rates: Float64Array,
  senders: Senders.Senders,
  rollsHz: Float64Array,
  clockRateHz: Float64Array,
): Int32Array => {
  const follows = new Int32Array(rates.length)
  let reached = rates.map((rate, i) => (i > 0 && clockRateHz[i] === rate ? 1 : 0))
  for (let left = true; left; ) {
    left = false
    const next = reached.slice()
    for (let i = 1; i < rates.length; i++) {
      if (reached[i] === 1) continue
      const share = shareOf(rates, senders, rollsHz, i)
      let most = 0
      for (let slot = senders.first[i]!; slot < senders.first[i + 1]!; slot++) {
        const from = senders.sender[slot]!
        const messagesHz = senders.perRoll[slot]! * rollsHz[from]!
        if (reached[from] === 0 || messagesHz <= most || clockRateHz[from]! * share !== clockRateHz[i])
          continue
        follows[i] = from
        most = messagesHz
        next[i] = 1
        left = true
      }
    }
    reached = next
  }
  return follows
}

/** The least solution, reached from below: clocks begin at their machines' own rates and only rise. */
export const solve = (rates: Float64Array, senders: Senders.Senders, rollsHz: Float64Array): ClockRates => {
  const clockRateHz = rates.slice()
  let changed = true
  while (changed) {
    changed = false
    for (let i = 1; i < rates.length; i++) {
      const share = shareOf(rates, senders, rollsHz, i)
      for (let slot = senders.first[i]!; slot < senders.first[i + 1]!; slot++) {
        const from = senders.sender[slot]!
        if (rollsHz[from] === 0 || clockRateHz[from]! * share <= clockRateHz[i]!) continue
        clockRateHz[i] = clockRateHz[from]! * share
        changed = true
      }
    }
  }
  return { clockRateHz, follows: followed(rates, senders, rollsHz, clockRateHz) }
}
