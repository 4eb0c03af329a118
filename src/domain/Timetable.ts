/**
 * When a machine's ticks are due where its rate changes on the way. The schedule goes on: the first tick that is due
 * after the change stays where it was, and those after it follow at the new rate.
 */
import type { Change } from "./Change.ts"
import * as Schedule from "./Schedule.ts"

/** Ticks of one rate. */
interface Stretch {
  /** The number of its first tick, and when that is due by the machine's own clock. */
  readonly first: number
  readonly phaseUs: number
  readonly rate: number
}

export interface Timetable {
  readonly skewPpm: number
  /** At least one. */
  readonly stretches: ReadonlyArray<Stretch>
}

const stretchOf = ({ stretches }: Timetable, k: number): Stretch => {
  let i = stretches.length - 1
  while (stretches[i]!.first > k) i--
  return stretches[i]!
}

/** Microseconds from the run's start to tick k = 0, 1, 2, ... */
export const offsetUs = (timetable: Timetable, k: number): number => {
  const { first, phaseUs, rate } = stretchOf(timetable, k)
  return Schedule.offsetUs(phaseUs, rate, k - first, timetable.skewPpm)
}

/** How many ticks are due before `durationUs` from the start. */
export const ticksDue = ({ stretches, skewPpm }: Timetable, durationUs: number): number => {
  let due = 0
  for (const [i, { first, phaseUs, rate }] of stretches.entries()) {
    const end = stretches[i + 1]?.first ?? Number.POSITIVE_INFINITY
    due = Math.min(first + Schedule.ticksDue(phaseUs, rate, durationUs, skewPpm), end)
    if (due < end) break
  }
  return due
}

/** The first tick that is due later than `elapsedUs` after the start. */
export const firstTickAfter = (timetable: Timetable, elapsedUs: number): number =>
  ticksDue(timetable, elapsedUs + 1)

/** Of a machine that begins with this rate and phase. */
export const of = (
  machine: number,
  { phaseUs, rate, skewPpm }: { readonly phaseUs: number; readonly rate: number; readonly skewPpm: number },
  changes: ReadonlyArray<Change> = [],
): Timetable => {
  let timetable: Timetable = { skewPpm, stretches: [{ first: 0, phaseUs, rate }] }
  for (const { atUs, rates } of changes) {
    const next = rates?.[machine - 1]
    const last = timetable.stretches[timetable.stretches.length - 1]!
    if (next === undefined || next === last.rate) continue
    const first = firstTickAfter(timetable, atUs)
    const ownUs = last.phaseUs + Math.floor(((first - last.first) * 1_000_000) / last.rate)
    timetable = {
      skewPpm,
      stretches: [...timetable.stretches, { first, phaseUs: ownUs, rate: next }],
    }
  }
  return timetable
}
