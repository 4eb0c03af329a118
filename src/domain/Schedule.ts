/**
 * When ticks are due. A schedule, not a sleep: tick k is due at a time that no earlier tick can move, so a
 * late tick delays no other and nothing drifts. A machine whose clock is fast by `skewPpm` parts per million has its
 * ticks that much closer together.
 */
import * as Share from "./Share.ts"

/** When a clock that is fast by `skewPpm` shows a time: floor(us * 1e6 / (1e6 + skewPpm)), exact. */
const shownUs = (us: number, skewPpm: number): number => {
  if (skewPpm === 0) return us
  const speed = Share.whole + skewPpm
  const rest = us % speed
  return ((us - rest) / speed) * Share.whole + Math.floor((rest * Share.whole) / speed)
}

/** Microseconds from the run's start to tick k = 0, 1, 2, ... */
export const offsetUs = (phaseUs: number, tickRateHz: number, k: number, skewPpm = 0): number =>
  shownUs(phaseUs + Math.floor((k * 1_000_000) / tickRateHz), skewPpm)

/** How many ticks are due before `durationUs` from the start. */
export const ticksDue = (phaseUs: number, tickRateHz: number, durationUs: number, skewPpm = 0): number => {
  const ownUs = durationUs * (1 + skewPpm / Share.whole)
  let count = Math.max(0, Math.ceil(((ownUs - phaseUs) * tickRateHz) / 1_000_000))
  while (count > 0 && offsetUs(phaseUs, tickRateHz, count - 1, skewPpm) >= durationUs) count--
  while (offsetUs(phaseUs, tickRateHz, count, skewPpm) < durationUs) count++
  return count
}

/** The first tick that is due later than `elapsedUs` after the start. */
export const firstTickAfter = (phaseUs: number, tickRateHz: number, elapsedUs: number, skewPpm = 0): number =>
  ticksDue(phaseUs, tickRateHz, elapsedUs + 1, skewPpm)
