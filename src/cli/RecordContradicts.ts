/** What was asked rests on an invariant that the record breaks. */
import * as Data from "effect/Data"

export class RecordContradicts extends Data.TaggedError("RecordContradicts")<{
  readonly run: string
  readonly doing: string
  readonly problem: string
}> {
  override get message() {
    return `Cannot ${this.doing}: the record of run ${this.run} contradicts itself: ${this.problem}; lightcone verify ${this.run} tells all that is wrong`
  }
}
