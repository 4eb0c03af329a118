/**
 * The log of a run for all whom an instance sends it to. One fiber a run reads it, as long as somebody follows: a
 * thousand who are at its end cost the store one small read at a time. Who is behind gets what was read for others, where
 * that is still kept. A follower asks for the next page when it has room for it, so a slow one holds nothing and nobody up.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as EventCodec from "../persistence/EventCodec.ts"

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

/** Those who came together shall not come back together: the last fifth of their time is shared out among them. */
const spreadShare = 0.2
/** Multiples of the golden ratio fall evenly between 0 and 1. */
const spread = (Math.sqrt(5) - 1) / 2

class Feed {
  private readonly log: EventLogShape
  private readonly run: string
  private readonly followers = new Set<Follower>()
  /** Remembers that somebody asked while the feed was at work. */
  private readonly asked = Effect.unsafeMakeLatch(false)
  /** As far as the log is known to reach. */
  private head = 0
  private hasEnded = false
  private isHeadKnown = false
  /** The latest that were read. */
  private readonly kept: Array<Page> = []
  private joined = 0
  isOpen = true

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
      untilMs: nowMs + forMs * (1 - ((this.joined++ * spread) % 1) * spreadShare),
    }
    this.followers.add(follower)
    return {
      next: (hear) => {
        // Its time is over, or the feed came to its end meanwhile.
        if (!this.followers.has(follower)) return hear("end")
        follower.hear = hear
        follower.waitsSinceMs = performance.now()
        if (follower.position < this.head || this.hasEnded) this.asked.unsafeOpen()
      },
      leave: () => {
        this.followers.delete(follower)
        if (this.followers.size === 0) this.asked.unsafeOpen()
      },
    }
  }

  /** Whether the run has ended and whoever is there has seen it all; undefined where that is not known yet. */
  isOverFor(position: number): boolean | undefined {
    return this.isHeadKnown ? this.hasEnded && position >= this.head : undefined
  }

  /** For as long as anybody follows. */
  readonly serve: Effect.Effect<void, Fails> = Effect.gen(this, function* () {
    yield* this.findHead
    while (this.followers.size > 0) {
      this.asked.unsafeClose()
      this.tellSilent()
      yield* this.lookForMore
      for (const [position, waiting] of this.waiting()) {
        const page = this.keptAfter(position) ?? (yield* this.readAfter(position))
        if (page !== undefined) for (const follower of waiting) this.give(follower, page)
      }
      // Those at the end wait for the log to grow; somebody behind is served as soon as he asks.
      yield* this.stirred
    }
  }).pipe(Effect.ensuring(Effect.sync(() => this.close())))

  private readonly stirred = Effect.suspend(() =>
    Effect.raceFirst(Effect.sleep(Duration.millis(Limits.followPollMs)), this.asked.await),
  )

  private readonly findHead = Effect.gen(this, function* () {
    const { position } = yield* this.log.head(this.run)
    const [last] = yield* this.log.read({ run: this.run, after: position - 1, limit: 1 })
    this.head = position
    this.hasEnded = last?.kind === "run-finished"
    this.isHeadKnown = true
  })

  /** Read from the end that is known, as whatever comes next is the same for all who wait there, or beyond. */
  private readonly lookForMore = Effect.suspend(() => {
    for (const { hear, position } of this.followers)
      if (hear !== undefined && position >= this.head && !this.hasEnded)
        // A full page may not be all there is, and whoever has it is to ask for the rest at once.
        return Effect.flatMap(this.readAfter(this.head), (page) =>
          page?.texts.length === Limits.defaultEventsPerAnswer ? this.findHead : Effect.void,
        )
    return Effect.void
  })

  /** Those for whom there is something, by where they are. */
  private waiting(): ReadonlyMap<number, ReadonlyArray<Follower>> {
    const byPosition = new Map<number, Array<Follower>>()
    for (const follower of this.followers) {
      const { hear, position } = follower
      if (hear === undefined || (position >= this.head && !this.hasEnded)) continue
      const same = byPosition.get(position)
      if (same === undefined) byPosition.set(position, [follower])
      else same.push(follower)
    }
    return byPosition
  }

  private keptAfter(position: number): Page | undefined {
    if (position >= this.head) return { after: position, upTo: this.head, texts: [], ends: true }
    const page = this.kept.find(({ after, upTo }) => after <= position && position < upTo)
    if (page === undefined || page.after === position) return page
    return { ...page, after: position, texts: page.texts.slice(position - page.after) }
  }

  private readAfter(position: number): Effect.Effect<Page | undefined, Fails> {
    return Effect.tap(read(this.log, this.run, position), (page) =>
      Effect.sync(() => {
        if (page === undefined) return
        this.head = Math.max(this.head, page.upTo)
        this.hasEnded ||= page.ends
        this.kept.push(page)
        if (this.kept.length > Limits.keptFeedPages) this.kept.shift()
      }),
    )
  }

  private give(follower: Follower, heard: Heard): void {
    const { hear } = follower
    // Gone while the store was asked: its stream takes nothing more.
    if (hear === undefined || !this.followers.has(follower)) return
    follower.hear = undefined
    if (typeof heard !== "string") follower.position = heard.upTo
    if (heard === "end" || (typeof heard !== "string" && heard.ends)) this.followers.delete(follower)
    hear(heard)
  }

  /** A follower whose time is over, whether it waits or not, comes back by itself and goes on where it was. */
  private tellSilent(): void {
    const nowMs = performance.now()
    for (const follower of this.followers) {
      if (nowMs >= follower.untilMs) {
        this.give(follower, "end")
        this.followers.delete(follower)
      } else if (nowMs - follower.waitsSinceMs >= Limits.eventStreamHeartbeatMs)
        this.give(follower, "silence")
    }
  }

  private close(): void {
    this.isOpen = false
    for (const follower of this.followers) this.give(follower, "end")
    this.followers.clear()
  }
}

export class Feeds extends Context.Tag("lightcone/http/Feeds")<
  Feeds,
  {
    /** Follows a run from after a position, for so long at most. */
    readonly follow: (log: EventLogShape, run: string, after: number, forMs: number) => Following
    /** Whether the run has ended and all was seen, as far as those who follow it show. */
    readonly isOver: (log: EventLogShape, run: string, after: number) => boolean | undefined
  }
>() {}

const served = (feed: Feed, run: string): Effect.Effect<void> =>
  feed.serve.pipe(
    Effect.catchAll((error) => Effect.logWarning(error.message)),
    Effect.catchAllDefect((defect) =>
      Effect.logError(`following run ${run} met a defect`, Cause.die(defect)),
    ),
  )

export const layer = Layer.scoped(
  Feeds,
  Effect.gen(function* () {
    const feeds = new WeakMap<EventLogShape, Map<string, Feed>>()
    const start = yield* FiberSet.makeRuntime<never>()
    const feedsOf = (log: EventLogShape): Map<string, Feed> => {
      const found = feeds.get(log) ?? new Map<string, Feed>()
      feeds.set(log, found)
      return found
    }
    return {
      isOver: (log, run, after) => {
        const feed = feedsOf(log).get(run)
        return feed?.isOpen === true ? feed.isOverFor(after) : undefined
      },
      follow: (log, run, after, forMs) => {
        const ofLog = feedsOf(log)
        const found = ofLog.get(run)
        if (found?.isOpen === true) return found.join(after, forMs)
        const feed = new Feed(log, run)
        ofLog.set(run, feed)
        const following = feed.join(after, forMs)
        const forget = Effect.sync(() => {
          if (ofLog.get(run) === feed) ofLog.delete(run)
        })
        start(Effect.ensuring(served(feed, run), forget))
        return following
      },
    }
  }),
)
