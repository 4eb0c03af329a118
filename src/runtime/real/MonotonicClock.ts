/** Microseconds since the Unix epoch that never go back: one monotonic clock anchored at its making. */
export interface MonotonicClock {
  readonly nowUs: () => number
}

/** Anchored at the later of the wall clock and `notBeforeUs`, the last event of a run that goes on. */
export const make = (notBeforeUs = 0): MonotonicClock => {
  const anchorUs = Math.max(Date.now() * 1_000, notBeforeUs) - performance.now() * 1_000
  return { nowUs: () => Math.floor(anchorUs + performance.now() * 1_000) }
}
