/** A run that cannot be gone on with: for what it is, or because there is nothing left to do. */
import * as Data from "effect/Data"

const reasons = {
  finished: "it must be interrupted, found that it is finished",
  imported: "it must have been recorded by Lightcone, found a log from elsewhere",
  unbegun: "its log must begin with its configuration, found none; lightcone rm deletes it",
} as const

export class NotResumable extends Data.TaggedError("NotResumable")<{
  readonly run: string
  readonly reason: keyof typeof reasons
}> {
  override get message() {
    return `Cannot resume run ${this.run}: ${reasons[this.reason]}`
  }
}
