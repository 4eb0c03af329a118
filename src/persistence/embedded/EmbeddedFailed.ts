import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { remedied } from "./Remedy.ts"

const deeds = {
  prepare: "prepare",
  lock: "lock",
  listen: "listen for clients of",
  start: "start",
  run: "go on with",
} as const

/** The store could not be opened, or was lost while open. */
export class EmbeddedFailed extends Data.TaggedError("EmbeddedFailed")<{
  readonly directory: string
  readonly operation: keyof typeof deeds
  readonly reason: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `Cannot ${deeds[this.operation]} the store in ${this.directory}: ${remedied(this.operation, this.reason)}`
  }
}

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Does what may throw. */
export const attempt = <A>(
  directory: string,
  operation: EmbeddedFailed["operation"],
  body: () => A | Promise<A>,
) =>
  Effect.tryPromise({
    try: async () => body(),
    catch: (cause) => new EmbeddedFailed({ directory, operation, reason: reasonOf(cause), cause }),
  })
