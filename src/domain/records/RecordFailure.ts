/** What does not hold of a run's records, and the event at which it shows. */
import { type RuleOf, type RunInvariant, rules } from "../verification/Rules.ts"

export interface RecordFailure {
  readonly invariant: RunInvariant
  readonly rule: string
  readonly event: string
  readonly says: string
}

export class DoesNotHold {
  readonly failure: RecordFailure
  constructor(failure: RecordFailure) {
    this.failure = failure
  }
}

export const of = <I extends RunInvariant>(invariant: I, rule: RuleOf<I>, event: string): RecordFailure => ({
  ...{ invariant, rule, event },
  says: (rules[invariant] as Readonly<Record<RuleOf<I>, string>>)[rule],
})

/** Of the event whose record begins at word `at`. */
export const fail = <I extends RunInvariant>(
  words: Int32Array,
  at: number,
  invariant: I,
  rule: RuleOf<I>,
): never => {
  throw new DoesNotHold(of(invariant, rule, `${words[at]! >>> 0}/${words[at + 1]! >>> 0}`))
}
