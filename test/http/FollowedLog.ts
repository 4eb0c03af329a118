/** A log in memory that grows, fails and waits as a test wants it, and streams of it as their clients read them. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import type { EventLogShape, Ownership, ReadFrom } from "../../src/domain/EventLog.ts"
import * as EventFeed from "../../src/http/EventFeed.ts"
import * as EventStream from "../../src/http/EventStream.ts"
import * as OpenStreams from "../../src/http/OpenStreams.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import { internals } from "../support/Events.ts"

export const run = "abcdefghijkl"
export const longMs = 3_600_000

export interface FollowedLog {
  readonly log: EventLogShape
  /** What the feed asked of it. */
  readonly reads: Array<ReadFrom>
  readonly grow: (count: number) => Promise<void>
  readonly finish: () => Promise<void>
  /** Done before each read. */
  before: Effect.Effect<void, EffectFailure<EventLogShape["read"]>>
}

type EffectFailure<F> = F extends (...args: never) => Effect.Effect<infer _, infer E> ? E : never

export const followedLog = async (): Promise<FollowedLog> => {
  const memory = EventLogMemory.make()
  const ownership: Ownership = await Effect.runPromise(memory.create(run, "test"))
  let head = 0
  const append = async (events: ReadonlyArray<LabEvent>) => {
    head = await Effect.runPromise(memory.append(ownership, head, `b${head}`, events))
  }
  const followed: FollowedLog = {
    reads: [],
    before: Effect.void,
    grow: (count) => append(internals(1, head + 1, count)),
    finish: () =>
      append([{ machine: 0, version: 1, occurredAtUs: 1, kind: "run-finished", payload: {} } as LabEvent]),
    log: {
      ...memory,
      read: (from) =>
        Effect.suspend(() => {
          followed.reads.push(from)
          return Effect.zipRight(followed.before, memory.read(from))
        }),
    },
  }
  return followed
}

export interface Client {
  /** Positions in the order in which they came. */
  readonly ids: Array<number>
  readonly heartbeats: () => number
  /** Reads on: true if there was something, false at the end of the stream. */
  readonly read: () => Promise<boolean>
  /** Reads until the stream ends, or so many events have come; tells whether the run's end was said. */
  readonly readAll: (upTo?: number) => Promise<boolean>
  readonly leave: () => Promise<void>
}

const decoder = new TextDecoder()

/** Checks as it reads that each message is of the next event. */
export const client = (stream: ReadableStream<Uint8Array>, after: number): Client => {
  const reader = stream.getReader()
  const ids: Array<number> = []
  let [heartbeats, isOver, last] = [0, false, after]
  const take = (message: string): void => {
    if (message === ":") heartbeats++
    if (message.startsWith("event: end\n")) isOver = true
    const id = /^id: (\d+)\ndata: (.*)$/.exec(message)
    if (id === null) return
    const position = Number(id[1])
    if (position !== last + 1 || JSON.parse(id[2]!).position !== position)
      throw new Error(`after event ${last} came ${message.slice(0, 100)}`)
    last = position
    ids.push(position)
  }
  const read = async () => {
    const { done, value } = await reader.read()
    if (done) return false
    for (const message of decoder.decode(value).split("\n\n")) take(message)
    return true
  }
  return {
    ids,
    heartbeats: () => heartbeats,
    read,
    readAll: async (upTo = Number.POSITIVE_INFINITY) => {
      while (last < upTo) if (!(await read())) break
      return isOver
    },
    leave: () => reader.cancel(),
  }
}

export interface Opened {
  readonly follow: (log: EventLogShape, after?: number, forMs?: number) => Client
  /** How many places are taken. */
  readonly open: () => number
  readonly close: () => Promise<void>
}

export const openFeeds = async (): Promise<Opened> => {
  const scope = await Effect.runPromise(Scope.make())
  const context = await Effect.runPromise(Layer.buildWithScope(EventFeed.layer, scope))
  const { follow } = Context.get(context, EventFeed.Feeds)
  const streams = OpenStreams.make()
  return {
    follow: (log, after = 0, forMs = longMs) =>
      client(
        EventStream.make(
          () => follow(log, run, after, forMs),
          () => streams.enter("a client"),
        ),
        after,
      ),
    open: streams.count,
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  }
}
