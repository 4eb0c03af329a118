/** A run whose whole log may be read for one request. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import * as RunReference from "./RunReference.ts"
import type { Store } from "./StoreAccess.ts"

class TooManyEvents extends Data.TaggedError("TooManyEvents")<{
  readonly run: string
  readonly events: number
}> {
  override get message() {
    return `Cannot read run ${this.run} in one request: it must have at most ${Limits.maxEventsReadPerRequest} events, found ${this.events}; the command line reads any`
  }
}

export const resolve = (store: Store, reference: string) =>
  Effect.gen(function* () {
    const run = yield* RunReference.resolve(store, reference)
    const { position: events } = yield* store.log.head(run)
    if (events > Limits.maxEventsReadPerRequest) return yield* new TooManyEvents({ run, events })
    return run
  })
