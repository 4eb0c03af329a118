/** One invariant while a log is being examined: how much was really looked at, and what did not hold. */
import * as Limits from "../Limits.ts"
import type { Invariant, RuleOf } from "./Rules.ts"

export type { Invariant } from "./Rules.ts"

export interface Failure {
  readonly rule: string
  /** Addresses (machine/version): the event at fault first, as far as that can be told, then those it clashes with. */
  readonly events: ReadonlyArray<string>
  /** What must hold and what was found, and at which position. */
  readonly message: string
  /** Of an imported log: where the events stand in it, as file:line, one for each. */
  readonly places?: ReadonlyArray<string>
  /** How the events stand in happened-before; known after a second reading, see `Relations`. */
  readonly relation?: string
}

export interface RuleResult {
  readonly rule: string
  readonly checked: number
  readonly says: string
  /** Of an imported log that does not say enough to prove the clause: what it would have to say. */
  readonly needs?: string
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
  readonly places?: ReadonlyArray<string>
  /** Of the event at fault; of the one that revealed it, where the former's is not known or it is missing. */
  position: number
}

/** Where in the log the examination is. */
export interface Place {
  position: number
}

export interface Account<Rule extends string> {
  checked: number
  readonly counted: Record<Rule, number>
  how?: string
  /** `position` is that of the first event named, where it is not the one at hand. */
  readonly fail: (
    rule: Rule,
    events: ReadonlyArray<string>,
    message: string,
    position?: number,
    places?: ReadonlyArray<string>,
  ) => Draft
  readonly isWrong: () => boolean
  /** `needs` says of clauses that cannot be proved what the log would have to say. */
  readonly result: (needs?: Readonly<Partial<Record<Rule, string>>>) => CheckResult
}

/** The account of an invariant of our own runs. */
export type Check<I extends Invariant = Invariant> = Account<RuleOf<I>>

/** `says` has the clauses, and what each says. */
export const make = <Rule extends string>(
  invariant: Invariant,
  says: Readonly<Record<Rule, string>>,
  place: Place,
): Account<Rule> => {
  const names = Object.keys(says) as Array<Rule>
  const counted = Object.fromEntries(names.map((name) => [name, 0])) as Record<Rule, number>
  const failures: Array<Draft> = []
  let more = 0
  return {
    checked: 0,
    counted,
    fail: (rule, events, message, position = place.position, places) => {
      const failure: Draft = { rule, events, message, position, ...(places === undefined ? {} : { places }) }
      if (failures.length < Limits.maxListedFailures) failures.push(failure)
      else more++
      return failure
    },
    isWrong: () => failures.length > 0,
    result(needs) {
      return {
        invariant,
        checked: this.checked,
        failures: failures.map(({ rule, events, message, position, places }) => ({
          rule,
          events,
          message: places === undefined ? `${message} (position ${position})` : message,
          ...(places === undefined ? {} : { places }),
        })),
        ...(more === 0 ? {} : { moreFailures: more }),
        rules: names.map((rule) => ({
          rule,
          checked: counted[rule],
          says: says[rule],
          ...(needs?.[rule] === undefined ? {} : { needs: needs[rule] }),
        })),
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
