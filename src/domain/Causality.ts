/**
 * Happened-before (Lamport 1978) among the clock events of a run: a before b if a stands before b on one
 * machine, if a is a send and b its receipt, or by a chain of such steps and messages. Events of which neither
 * happened before the other are concurrent. A Lamport clock honours it, a before b implies L(a) < L(b), and says
 * nothing the other way; only a clock with an entry for every machine characterises it (Fidge 1988, Mattern 1988).
 *
 * Here are questions to whole logs held in memory. Those who read a log in pages use what this is made of:
 * `FutureCone` (before, after or concurrent, with the path), `Counterexample` and `Chain` (what set a clock).
 */

import { type AnyClockEvent, isClockEvent, type Logged, type Recorded } from "./ClockEvent.ts"
import type { Point } from "./causality/Address.ts"
import * as Chain from "./causality/Chain.ts"
import * as Counterexample from "./causality/Counterexample.ts"
import * as FutureCone from "./causality/FutureCone.ts"
import * as PastCone from "./causality/PastCone.ts"

export * as Address from "./causality/Address.ts"
export { Chain, Counterexample, FutureCone, PastCone }

/** An event's light cone; the event itself lies in both halves. */
export interface Cone {
  /** By machine, the version up to which its clock events happened before the event. */
  readonly past: ReadonlyMap<number, number>
  /** By machine, the version from which on the event happened before its clock events. */
  readonly future: ReadonlyMap<number, number>
}

/** How two clock events stand; the path leads from the earlier to the later. */
export type Relation =
  | { readonly relation: "before" | "after"; readonly path: ReadonlyArray<FutureCone.Hop> }
  | { readonly relation: "concurrent"; readonly path: null }

/** The cone of a clock event among all events of a log, in the order of their positions. */
export const cone = (log: ReadonlyArray<Recorded>, event: Point): Cone => {
  const future = FutureCone.make(event)
  const past = PastCone.make(event)
  for (const logged of log) future.step(logged)
  for (let i = log.length - 1; i >= 0; i--) past.step(log[i]!)
  return { past: past.lasts(), future: future.firsts() }
}

/**
 * The vector clock of a clock event (Fidge 1988, Mattern 1988), an entry for each machine from 1 on: how many of
 * its clock events happened before the event, or are it. One is below another, entry by entry and not the same,
 * if and only if its event happened before the other's.
 */
export const vectorClock = (
  log: ReadonlyArray<Recorded>,
  event: Point,
  machines: number,
): ReadonlyArray<number> => {
  const { past } = cone(log, event)
  const entries = new Array<number>(machines).fill(0)
  for (const logged of log)
    if (isClockEvent(logged) && logged.version <= (past.get(logged.machine) ?? 0))
      entries[logged.machine - 1]!++
  return entries
}

/** How `a` stands to `b`: both clock events of the log, and not the same. */
export const relate = (
  log: ReadonlyArray<Recorded>,
  a: Logged<AnyClockEvent>,
  b: Logged<AnyClockEvent>,
): Relation => {
  const [early, late] = a.position < b.position ? [a, b] : [b, a]
  const future = FutureCone.make(early)
  for (const event of log)
    if (event.position > early.position && event.position <= late.position) future.step(event)
  return relationIn(future, a, b)
}

/** The same, from the cone of whichever stands first in the log, given the events up to the other. */
export const relationIn = (
  future: FutureCone.FutureCone,
  a: Logged<AnyClockEvent>,
  b: Logged<AnyClockEvent>,
): Relation => {
  const late = a.position < b.position ? b : a
  if (!future.holds(late)) return { relation: "concurrent", path: null }
  return { relation: late === b ? "before" : "after", path: future.path(late) }
}

/** The smallest counterexample to "a smaller clock happened before", the smaller clock first; see `Counterexample`. */
export const counterexample = (
  log: ReadonlyArray<Recorded>,
): readonly [smaller: Counterexample.Clocked, larger: Counterexample.Clocked] | undefined => {
  const search = Counterexample.search()
  for (const event of log) {
    const refuting = search.step(event)
    if (refuting === undefined) continue
    const other = log.find((candidate) =>
      Counterexample.isOther(refuting, candidate),
    ) as Counterexample.Clocked
    return Counterexample.pair(refuting, other)
  }
  return undefined
}
