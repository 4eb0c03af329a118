/**
 * What a forked run does otherwise than its parent, from a place of its log on. A place is a number of events, of
 * machines and faults, that stand before it: two that happen in one microsecond are told apart by it, by a time they are
 * not. docs/SPEC.md states what each change means to the microsecond.
 *
 * A message that is dropped needs no place: it arrives once, and whether that was before the fork its maker looks up.
 */
import * as Schema from "effect/Schema"
import * as Latency from "./Latency.ts"
import * as Limits from "./Limits.ts"
import { mustBeList, whole } from "./Requirement.ts"
import * as Share from "./Share.ts"

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const Rate = whole("a whole number of ticks per second", Limits.minTickRateHz, Limits.maxTickRateHz)
const Ppm = whole("parts per million", 0, Share.whole)
const machine = whole("a machine", 1, Limits.maxVirtualMachines)

/** A message to one recipient. */
export const Dropped = Schema.Struct({
  sender: machine,
  sendVersion: whole("a version", 1, 2 ** 31 - 1),
  recipient: machine,
})
export type Dropped = typeof Dropped.Type

/** A message that was sent before what was copied ends, and when it comes. */
export const UnderWay = Schema.Struct({
  ...Dropped.fields,
  /** Microseconds of the schedule. */
  arrivesUs: whole("microseconds of the schedule", 0, Number.MAX_SAFE_INTEGER),
})
export type UnderWay = typeof UnderWay.Type

export const Change = Schema.Struct({
  /** How many events of machines and faults stand before it. */
  after: whole("events", 0, Number.MAX_SAFE_INTEGER),
  /** How far the schedule has come by then: the latest time of those events, microseconds from its start. */
  atUs: whole("microseconds of the schedule", 0, Limits.maxDurationUs),
  /** Whether those events are copied from a real run's log, as no engine makes them again. */
  copied: maybe(Schema.Literal(true)),
  /** Of all that is drawn from here on: rolls, latencies, losses and second copies. */
  seed: maybe(whole("a whole number", 0, Limits.maxSeed)),
  /** Ticks a second, by machine from 1 on. */
  rates: maybe(mustBeList("a list of rates", Schema.Array(Rate))),
  sides: maybe(whole("a whole number of sides", Limits.minSides, Limits.maxSides)),
  latency: maybe(Latency.Latency),
  lossPpm: maybe(Ppm),
  duplicationPpm: maybe(Ppm),
  /** Lost at their arrival. */
  drops: maybe(Schema.Array(Dropped)),
})
export type Change = typeof Change.Type

/** Walks along a run's changes with its events. */
export interface Course {
  /** An event of a machine, or a fault, has been; gives the changes whose place is right after it. */
  readonly step: () => ReadonlyArray<Change>
  /** Those that stand before all events. */
  readonly first: ReadonlyArray<Change>
}

const none: ReadonlyArray<Change> = []

export const course = (changes: ReadonlyArray<Change> = none): Course => {
  let events = 0
  let next = 0
  const due = (): ReadonlyArray<Change> => {
    if (next === changes.length || changes[next]!.after > events) return none
    const from = next
    while (next < changes.length && changes[next]!.after <= events) next++
    return changes.slice(from, next)
  }
  return {
    first: due(),
    step: () => {
      events++
      return due()
    },
  }
}

/** How many events of machines and faults a run has copied from a real one's log. */
export const copied = (changes: ReadonlyArray<Change> = none): number =>
  changes[0]?.copied === true ? changes[0].after : 0

/** What cannot be of a run of so many machines; undefined if it can. */
export const problem = (changes: ReadonlyArray<Change>, machines: number): string | undefined => {
  if (changes.some(({ after }, i) => i > 0 && after < changes[i - 1]!.after))
    return "must be in the order of the log"
  if (changes.some((change, i) => i > 0 && change.copied === true))
    return "must have what was copied before all else that changes"
  const rates = changes.find(({ rates }) => rates !== undefined && rates.length !== machines)?.rates
  return rates === undefined
    ? undefined
    : `must have a rate for each of the ${machines} machines, found ${rates.length}`
}
