/** What a user asked for cannot be done as it was said; exit code 2. */
import * as Data from "effect/Data"

export class UsageError extends Data.TaggedError("UsageError")<{
  readonly message: string
  /** The word that is at fault, where it is one of several. */
  readonly word?: string
}> {}
