/** What was asked rests on an invariant that the record breaks. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

interface Contradiction {
  readonly run: string
  readonly doing: string
  readonly problem: string
}

export class RecordContradicts extends Data.TaggedError("RecordContradicts")<Contradiction> {
  override get message() {
    return `Cannot ${this.doing}: the record of run ${this.run} contradicts itself: ${this.problem}; lightcone verify ${this.run} tells all that is wrong`
  }
}

/** The same of a log that came from elsewhere, which no store of ours has broken. */
export class LogContradicts extends Data.TaggedError("LogContradicts")<Contradiction> {
  override get message() {
    return `Cannot ${this.doing}: the clocks of run ${this.run} must follow from what its log tells, and do not: ${this.problem}; lightcone verify ${this.run} says what it proves`
  }
}

export const ofRun =
  (isImported: boolean) =>
  ({ run, doing, problem }: Contradiction): Effect.Effect<never, RecordContradicts | LogContradicts> =>
    Effect.fail(new (isImported ? LogContradicts : RecordContradicts)({ run, doing, problem }))
