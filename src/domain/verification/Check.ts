/** One invariant while a log is being examined: how much was really looked at, and what did not hold. */
import * as Limits from "../Limits.ts"
import { type Invariant, type RuleOf, rules } from "./Rules.ts"

export type { Invariant } from "./Rules.ts"

export interface Failure {
  readonly rule: string
  /** Addresses (machine/version): the event at fault first, as far as that can be told, then those it clashes with. */
  readonly events: ReadonlyArray<string>
  /** What must hold and what was found, and at which position. */
  readonly message: string
  /** How the events stand in happened-before; known after a second reading, see `Relations`. */
  readonly relation?: string
}

export interface RuleResult {
  readonly rule: string
  readonly checked: number
  readonly says: string
}

export interface CheckResult {
  readonly invariant: Invariant
  /** What was examined; 0 means that there was nothing to check, which is not the same as holding. */
  readonly checked: number
  readonly failures: ReadonlyArray<Failure>
  /** Failures beyond `Limits.maxListedFailures`, counted only. */
  readonly moreFailures?: number
  /** Clause by clause. */
  readonly rules: ReadonlyArray<RuleResult>
  /** Where there is more than one way to check it: which was taken. */
  readonly how?: string
}

/** A failure that later events may still throw light on. */
export interface Draft {
  readonly rule: string
  events: ReadonlyArray<string>
  message: string
  /** Of the event at fault; of the one that revealed it, where the former's is not known or it is missing. */
  position: number
}

/** Where in the log the examination is. */
export interface Place {
  position: number
}

export interface Check<I extends Invariant = Invariant> {
  checked: number
  readonly counted: Record<RuleOf<I>, number>
  how?: string
  /** `position` is that of the first event named, where it is not the one at hand. */
  readonly fail: (rule: RuleOf<I>, events: ReadonlyArray<string>, message: string, position?: number) => Draft
  readonly result: () => CheckResult
}

export const make = <I extends Invariant>(invariant: I, place: Place): Check<I> => {
  const says = rules[invariant] as Readonly<Record<RuleOf<I>, string>>
  const names = Object.keys(says) as Array<RuleOf<I>>
  const counted = Object.fromEntries(names.map((name) => [name, 0])) as Record<RuleOf<I>, number>
  const failures: Array<Draft> = []
  let more = 0
  return {
    checked: 0,
    counted,
    fail: (rule, events, message, position = place.position) => {
      const failure = { rule, events, message, position }
      if (failures.length < Limits.maxListedFailures) failures.push(failure)
      else more++
      return failure
    },
    result() {
      return {
        invariant,
        checked: this.checked,
        failures: failures.map(({ rule, events, message, position }) => ({
          rule,
          events,
          message: `${message} (position ${position})`,
        })),
        ...(more === 0 ? {} : { moreFailures: more }),
        rules: names.map((rule) => ({ rule, checked: counted[rule], says: says[rule] })),
        ...(this.how === undefined ? {} : { how: this.how }),
      }
    },
  }
}

/** The event that carries the configuration. */
export const runStarted = "0/1"

/**
 * What the configuration gives is at fault itself where more than one event clashes with it by one clause; of rolls, where those
 * of more than one machine do, since after one wrong roll all of a stream's are. It is then named first.
 */
export const blame = (results: ReadonlyArray<CheckResult>): ReadonlyArray<CheckResult> => {
  const clashing = results.flatMap(({ failures }) =>
    failures.filter(({ events }) => events.length > 1 && events.includes(runStarted)),
  )
  const clauses = new Map<string, Set<string>>()
  for (const { rule, events } of clashing) {
    const first = rule === "rolls" ? events[0]!.split("/")[0]! : events[0]!
    clauses.set(rule, (clauses.get(rule) ?? new Set()).add(first))
  }
  if (![...clauses.values()].some((clash) => clash.size > 1)) return results
  const reordered = (failure: Failure): Failure => ({
    ...failure,
    events: [runStarted, ...failure.events.filter((event) => event !== runStarted)],
  })
  return results.map((result) => ({
    ...result,
    failures: result.failures.map((failure) => (clashing.includes(failure) ? reordered(failure) : failure)),
  }))
}
