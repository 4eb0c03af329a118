/**
 * The end of a run's log, for all whom an instance sends it to. One fiber reads what is appended, once for all; a
 * thousand who follow cost the store as much as one. It lives as long as somebody follows. Who is further behind than
 * what is kept reads for itself.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as EventCodec from "../persistence/EventCodec.ts"
import * as Signal from "../runtime/Signal.ts"
import type { Store } from "./StoreAccess.ts"

type Fails = RunUnknown | StoreUnavailable

/** Events of consecutive positions as text, those after `after` up to `upTo`. */
export interface Page {
  readonly after: number
  readonly upTo: number
  readonly texts: ReadonlyArray<string>
  /** Whether the run ends with it. */
  readonly ends: boolean
}

export interface Feed {
  /** The next events after a position; waits until there are any. */
  readonly after: (position: number) => Effect.Effect<Page, Fails>
}

/** One feed a run, shared by those who follow it. */
export class Feeds extends Context.Tag("lightcone/http/Feeds")<
  Feeds,
  { readonly of: (store: Pick<Store, "log">, run: string) => Effect.Effect<Feed, Fails, Scope.Scope> }
>() {}

const read = (log: EventLogShape, run: string, after: number): Effect.Effect<Page | undefined, Fails> =>
  Effect.map(log.read({ run, after, limit: Limits.defaultEventsPerAnswer }), (events) => {
    const last = events[events.length - 1]
    return last === undefined
      ? undefined
      : {
          after,
          upTo: last.position,
          texts: events.map((event) => JSON.stringify(EventCodec.toJson(event, run))),
          ends: last.kind === "run-finished",
        }
  })

const open = (log: EventLogShape, run: string): Effect.Effect<Feed, Fails, Scope.Scope> =>
  Effect.gen(function* () {
    const stirred = Signal.make()
    const kept: Array<Page> = []
    let tail = (yield* log.head(run)).position
    let failed: Fails | undefined
    const step = Effect.gen(function* () {
      const page = yield* read(log, run, tail)
      if (page === undefined) return yield* Effect.sleep(Duration.millis(Limits.followPollMs))
      kept.push(page)
      if (kept.length > Limits.keptFeedPages) kept.shift()
      tail = page.upTo
      stirred.notify()
    })
    yield* Effect.forkScoped(
      Effect.catchAll(Effect.forever(step), (error) =>
        Effect.sync(() => {
          failed = error
          stirred.notify()
        }),
      ),
    )
    const from = (page: Page, position: number): Page =>
      page.after === position
        ? page
        : { ...page, after: position, texts: page.texts.slice(position - page.after) }
    const ofTail = (position: number) =>
      Signal.look<Page, Fails>(stirred, () => {
        if (failed !== undefined) return Effect.fail(failed)
        const page = kept.find(({ upTo }) => upTo > position)
        return page && Effect.succeed(from(page, position))
      })
    const after: Feed["after"] = (position) =>
      Effect.suspend(() =>
        position < (kept[0]?.after ?? tail)
          ? Effect.flatMap(read(log, run, position), (page) =>
              page === undefined ? ofTail(position) : Effect.succeed(page),
            )
          : ofTail(position),
      )
    return { after }
  })

export const layer = Layer.scoped(
  Feeds,
  Effect.gen(function* () {
    let log: EventLogShape | undefined
    const map = yield* RcMap.make({ lookup: (run: string) => open(log!, run) })
    return {
      of: (store, run) => {
        log = store.log
        return RcMap.get(map, run)
      },
    }
  }),
)
