/**
 * When ticks are due. A schedule, not a sleep: tick k is due at a time that no earlier tick can move, so a
 * late tick delays no other and nothing drifts.
 */

/** Microseconds from the run's start to tick k = 0, 1, 2, ... */
export const offsetUs = (phaseUs: number, tickRateHz: number, k: number): number =>
  phaseUs + Math.floor((k * 1_000_000) / tickRateHz)

/** How many ticks are due before `durationUs` from the start. */
export const ticksDue = (phaseUs: number, tickRateHz: number, durationUs: number): number => {
  let count = Math.max(0, Math.ceil(((durationUs - phaseUs) * tickRateHz) / 1_000_000))
  while (count > 0 && offsetUs(phaseUs, tickRateHz, count - 1) >= durationUs) count--
  while (offsetUs(phaseUs, tickRateHz, count) < durationUs) count++
  return count
}

/** The first tick that is due later than `elapsedUs` after the start. */
export const firstTickAfter = (phaseUs: number, tickRateHz: number, elapsedUs: number): number =>
  ticksDue(phaseUs, tickRateHz, elapsedUs + 1)
