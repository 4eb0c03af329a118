/** Part of a run's log, page by page. */
import * as Effect from "effect/Effect"
import type { Recorded } from "../../domain/ClockEvent.ts"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"

/** Hands the events of positions after `after` up to `upTo` to `step` until it says that it has seen enough. */
export const readUntil = (
  log: EventLogShape,
  run: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  step: (event: Recorded) => boolean,
): Effect.Effect<void, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    for (let last = after; last < upTo; ) {
      const limit = Math.min(Limits.eventsPerPage, upTo - last)
      const page = yield* log.read({ run, after: last, limit })
      if (page.length === 0 || page.some(step)) return
      last = page[page.length - 1]!.position
    }
  })
