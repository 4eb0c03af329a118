/**
 * The log of a run for all whom an instance sends it to. One fiber a run reads it, as long as somebody follows: a
 * thousand who are at its end cost the store one small read at a time. Who is behind gets what was read for others, where
 * that is still kept. A follower asks for the next page when it has room for it, so a slow one holds nothing and nobody up.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as EventCodec from "../persistence/EventCodec.ts"
import * as Signal from "../runtime/Signal.ts"

type Fails = RunUnknown | StoreUnavailable

/** Events of consecutive positions as text, those after `after` up to `upTo`. */
export interface Page {
  readonly after: number
  readonly upTo: number
  readonly texts: ReadonlyArray<string>
  /** Whether the run ends with it. */
  readonly ends: boolean
}

/** What a follower hears: events, nothing for a while, or that nothing more comes. */
export type Heard = Page | "silence" | "end"

interface Follower {
  position: number
  /** Set while it waits. */
  hear: ((heard: Heard) => void) | undefined
  waitsSinceMs: number
  readonly untilMs: number
}

export interface Following {
  /** Calls back once, with what comes after all that it has heard. */
  readonly next: (hear: (heard: Heard) => void) => void
  readonly leave: () => void
}

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

class Feed {
  private readonly log: EventLogShape
  private readonly run: string
  private readonly followers = new Set<Follower>()
  private readonly asked = Signal.make()
  /** As far as anybody has read. */
  private head = 0
  /** The latest that were read. */
  private readonly kept: Array<Page> = []

  constructor(log: EventLogShape, run: string) {
    this.log = log
    this.run = run
  }

  join(after: number, forMs: number): Following {
    const nowMs = performance.now()
    const follower: Follower = {
      position: after,
      hear: undefined,
      waitsSinceMs: nowMs,
      untilMs: nowMs + forMs,
    }
    this.followers.add(follower)
    return {
      next: (hear) => {
        // The feed came to its end meanwhile.
        if (!this.followers.has(follower)) return hear("end")
        follower.hear = hear
        follower.waitsSinceMs = performance.now()
        if (follower.position < this.head) this.asked.notify()
      },
      leave: () => {
        this.followers.delete(follower)
        this.asked.notify()
      },
    }
  }

  /** For as long as anybody follows. */
  readonly serve: Effect.Effect<void, Fails> = Effect.gen(this, function* () {
    while (this.followers.size > 0) {
      let given = 0
      for (const [position, waiting] of this.waiting()) {
        const page = this.keptAfter(position) ?? (yield* this.readAfter(position))
        if (page === undefined) continue
        for (const follower of waiting) this.give(follower, page)
        given += waiting.length
      }
      this.tellSilent()
      // Those at the end wait for the log to grow; somebody behind is served as soon as he asks.
      if (given === 0) yield* this.stirred
    }
  }).pipe(Effect.ensuring(Effect.sync(() => this.close())))

  private readonly stirred = Effect.suspend(() =>
    Effect.raceFirst(Effect.sleep(Duration.millis(Limits.followPollMs)), this.asked.wait),
  )

  private waiting(): ReadonlyMap<number, ReadonlyArray<Follower>> {
    const byPosition = new Map<number, Array<Follower>>()
    for (const follower of this.followers) {
      if (follower.hear === undefined) continue
      const same = byPosition.get(follower.position)
      if (same === undefined) byPosition.set(follower.position, [follower])
      else same.push(follower)
    }
    return byPosition
  }

  private keptAfter(position: number): Page | undefined {
    const page = this.kept.find(({ after, upTo }) => after <= position && position < upTo)
    if (page === undefined || page.after === position) return page
    return { ...page, after: position, texts: page.texts.slice(position - page.after) }
  }

  private readAfter(position: number): Effect.Effect<Page | undefined, Fails> {
    return Effect.tap(read(this.log, this.run, position), (page) =>
      Effect.sync(() => {
        if (page === undefined) return
        this.head = Math.max(this.head, page.upTo)
        this.kept.push(page)
        if (this.kept.length > Limits.keptFeedPages) this.kept.shift()
      }),
    )
  }

  private give(follower: Follower, heard: Heard): void {
    const { hear } = follower
    if (hear === undefined) return
    follower.hear = undefined
    if (typeof heard !== "string") follower.position = heard.upTo
    if (heard === "end" || (typeof heard !== "string" && heard.ends)) this.followers.delete(follower)
    hear(heard)
  }

  /** A follower whose time is over comes back by itself, and goes on where it was. */
  private tellSilent(): void {
    const nowMs = performance.now()
    for (const follower of this.followers) {
      if (follower.hear === undefined) continue
      if (nowMs >= follower.untilMs) this.give(follower, "end")
      else if (nowMs - follower.waitsSinceMs >= Limits.eventStreamHeartbeatMs) this.give(follower, "silence")
    }
  }

  private close(): void {
    for (const follower of this.followers) this.give(follower, "end")
    this.followers.clear()
  }
}

export class Feeds extends Context.Tag("lightcone/http/Feeds")<
  Feeds,
  {
    /** Follows a run from after a position, for so long at most. */
    readonly follow: (log: EventLogShape, run: string, after: number, forMs: number) => Following
  }
>() {}

export const layer = Layer.scoped(
  Feeds,
  Effect.gen(function* () {
    const feeds = new Map<string, Feed>()
    const start = yield* FiberMap.makeRuntime<never, string>()
    return {
      follow: (log, run, after, forMs) => {
        const found = feeds.get(run)
        if (found !== undefined) return found.join(after, forMs)
        const feed = new Feed(log, run)
        feeds.set(run, feed)
        const following = feed.join(after, forMs)
        const served = Effect.catchAll(feed.serve, (error) => Effect.logWarning(error.message))
        start(
          run,
          Effect.ensuring(
            served,
            Effect.sync(() => feeds.delete(run)),
          ),
        )
        return following
      },
    }
  }),
)
