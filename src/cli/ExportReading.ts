/** The events of a window, page by page; while one page is written the next is being read. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Recorded } from "../domain/ClockEvent.ts"
import { RunUnknown, type StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as Query from "../persistence/Query.ts"
import type { Window } from "./ExportWindow.ts"
import type { Store } from "./Store.ts"

type Page = ReadonlyArray<Recorded>
export type Read = (after: number) => Effect.Effect<Page, RunUnknown | StoreUnavailable>

/** Who reads much of a native Postgres reads by COPY; one machine's stream has an index of its own. */
export const reader = (
  store: Store,
  run: string,
  runKey: number,
  { upTo, after, chosen, machines }: Window,
) =>
  Effect.gen(function* () {
    const limitAt = (from: number, most: number) => Math.min(most, upTo - from)
    const { bulk } = store.database
    if (machines !== undefined && chosen.length === 1) {
      const machine = chosen[0]!
      const read: Read = (from) => store.log.read({ run, after: from, limit: Limits.eventsPerPage, machine })
      return read
    }
    if (bulk === undefined || upTo - after <= Limits.eventsPerPage) {
      const read: Read = (from) =>
        store.log.read({ run, after: from, limit: limitAt(from, Limits.eventsPerPage) })
      return read
    }
    const { read: copy } = yield* Effect.promise(() => import("../persistence/BinaryLog.ts"))
    const client = yield* bulk
    const read: Read = (from) =>
      Query.run(`read run ${run}`, () => copy(client, runKey, from, limitAt(from, Limits.eventsPerPage)))
    return read
  })

/** Hands pages to `take` until it has had the event at `last`, or says that it wants no more. */
export const pages = (
  run: string,
  read: Read,
  { first, last }: { readonly first: number; readonly last: number },
  take: (page: Page) => Effect.Effect<boolean, never> | Effect.Effect<boolean, unknown>,
) =>
  Effect.gen(function* () {
    /** Asks at once: what is forked begins only when its parent yields. */
    const begin = (after: number) => Effect.zipLeft(Effect.fork(read(after)), Effect.yieldNow())
    let coming = yield* begin(first - 1)
    while (true) {
      const page = yield* Fiber.join(coming)
      const position = page[page.length - 1]?.position
      // Nobody else shortens a log: the run was deleted.
      if (position === undefined) return yield* new RunUnknown({ run })
      if (position < last) coming = yield* begin(position)
      const wanted = yield* take(page)
      if (!wanted || position >= last) return
    }
  })
