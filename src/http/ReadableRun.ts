/** Runs whose whole logs may be read for one request. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import * as RunReference from "./RunReference.ts"
import type { Store } from "./StoreAccess.ts"
import { WholeLogs } from "./WholeLogs.ts"

class TooManyEvents extends Data.TaggedError("TooManyEvents")<{
  readonly runs: ReadonlyArray<string>
  readonly events: number
}> {
  override get message() {
    const [what, who] = this.runs.length === 1 ? ["run", "it"] : ["runs", "they"]
    const together = this.runs.length === 1 ? "" : " together"
    return `Cannot read ${what} ${this.runs.join(", ")} in one request: ${who} must have at most ${Limits.maxEventsReadPerRequest} events${together}, found ${this.events}; the command line reads any`
  }
}

/** Reads runs, each once, when it is this request's turn. */
export const readingAll = <A, E, R>(
  store: Store,
  references: ReadonlyArray<string>,
  read: (runs: ReadonlyArray<string>) => Effect.Effect<A, E, R>,
) =>
  Effect.gen(function* () {
    const named = yield* Effect.forEach(references, (reference) => RunReference.resolve(store, reference))
    const runs = [...new Set(named)]
    const heads = yield* Effect.forEach(runs, (run) => store.log.head(run))
    const events = heads.reduce((sum, { position }) => sum + position, 0)
    if (events > Limits.maxEventsReadPerRequest) return yield* new TooManyEvents({ runs, events })
    const turn = yield* WholeLogs
    return yield* turn(read(runs))
  })

export const reading = <A, E, R>(
  store: Store,
  reference: string,
  read: (run: string) => Effect.Effect<A, E, R>,
) => readingAll(store, [reference], ([run]) => read(run!))
