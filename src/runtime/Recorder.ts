/**
 * The one way from the machines of a process to the log. It commits in groups: while one append is under way the
 * next gathers, and appends begin some milliseconds apart at least. So a lone event is not held back, while a thousand
 * machines do not have an append for every few events, each of which costs store and recorder as much as dozens do. What a commit did is never guessed: where the answer was
 * lost the same batch goes again under the same expected head, and a head that has moved is asked for our
 * batch id.
 */
import { setImmediate } from "node:timers/promises"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { LabEvent } from "../domain/ClockEvent.ts"
import type {
  EventLogShape,
  Fenced,
  HeadMismatch,
  Ownership,
  RunUnknown,
  StoreUnavailable,
} from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as Lease from "./Lease.ts"
import * as Signal from "./Signal.ts"

/** The store no longer holds what it acknowledged to us: an end further back, an older epoch, or no run at all. */
export class StoreLost extends Data.TaggedError("StoreLost")<{
  readonly run: string
  readonly acknowledged: number
  readonly found: string
}> {
  override get message() {
    return `Cannot go on with run ${this.run}: the store acknowledged position ${this.acknowledged}, and now ${this.found}; it lost what it promised`
  }
}

export type RecorderError = Fenced | StoreLost | StoreUnavailable

export interface Recorder {
  /** Takes an event for the next append. Bounded by its callers: each machine stays within its window. */
  readonly offer: (event: LabEvent) => void
  /** Waits until everything offered is committed, or fails as the recorder did. */
  readonly flushed: Effect.Effect<void, RecorderError>
  /** Never succeeds: fails when the run can be recorded no longer. */
  readonly failure: Effect.Effect<never, RecorderError>
  readonly stored: () => number
}

const backoff = (maxOutageMs: number) =>
  Schedule.exponential(Duration.millis(Limits.minBackoffMs)).pipe(
    Schedule.union(Schedule.spaced(Duration.millis(Limits.maxBackoffMs))),
    Schedule.jittered,
    Schedule.upTo(Duration.millis(maxOutageMs)),
  )

/** One batch, written exactly once whatever becomes of the connection; `append` may be tried any number of times. */
export const commitOnce = (
  ownership: Ownership,
  { head, batch, count }: { readonly head: number; readonly batch: string; readonly count: number },
  append: ReturnType<EventLogShape["append"]>,
  maxOutageMs: number,
): Effect.Effect<number, RecorderError> =>
  append.pipe(
    Effect.retry({ while: (error) => error._tag === "StoreUnavailable", schedule: backoff(maxOutageMs) }),
    Effect.catchTag("HeadMismatch", (found) => settle(ownership, head, batch, count, found)),
    Effect.catchTag("RunUnknown", "Fenced", (error) => Effect.fail(lost(ownership, head, error))),
    Effect.withSpan("Recorder.flush", {
      captureStackTrace: false,
      attributes: { run: ownership.run, events: count },
    }),
  )

/** Until an append may begin again after the one that began at `begunMs`; none where it may. */
const spaced = (begunMs: number): Effect.Effect<void> | undefined => {
  const leftMs = begunMs + Limits.minAppendSpacingMs - performance.now()
  if (leftMs <= 0) return undefined
  // A sleep of the fiber runtime leaves some fifteen kilobytes behind.
  return Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), Math.ceil(leftMs))
    return Effect.sync(() => clearTimeout(timer))
  })
}

const commit = (
  log: EventLogShape,
  ownership: Ownership,
  head: number,
  batch: string,
  events: ReadonlyArray<LabEvent>,
  maxOutageMs: number,
): Effect.Effect<number, RecorderError> => {
  const append = Effect.suspend(() => log.append(ownership, head, batch, events))
  return commitOnce(ownership, { head, batch, count: events.length }, append, maxOutageMs)
}

/** Keeps the lease for as long as it runs; never succeeds. `stored` is where the log ends. */
export const keepLease = (
  log: EventLogShape,
  ownership: Ownership,
  stored: () => number,
  maxOutageMs: number,
): Effect.Effect<never, RecorderError> =>
  Lease.kept(
    log.renew(ownership).pipe(
      Effect.retry({ while: (error) => error._tag === "StoreUnavailable", schedule: backoff(maxOutageMs) }),
      Effect.catchTag("RunUnknown", "Fenced", (error) => Effect.fail(lost(ownership, stored(), error))),
    ),
  )

const settle = (
  ownership: Ownership,
  head: number,
  batch: string,
  count: number,
  mismatch: HeadMismatch,
): Effect.Effect<number, StoreLost> => {
  if (mismatch.lastBatch === batch && mismatch.found === head + count) return Effect.succeed(mismatch.found)
  if (mismatch.found < head)
    return Effect.fail(
      new StoreLost({ run: ownership.run, acknowledged: head, found: `ends at ${mismatch.found}` }),
    )
  return Effect.die(mismatch)
}

/** A later epoch is another owner's; an earlier one, or no run, is a store that has gone back. */
const lost = ({ run }: Ownership, acknowledged: number, error: Fenced | RunUnknown) => {
  if (error._tag === "RunUnknown") return new StoreLost({ run, acknowledged, found: "holds no such run" })
  const { epoch, foundEpoch } = error
  return foundEpoch >= epoch
    ? error
    : new StoreLost({ run, acknowledged, found: `has it in epoch ${foundEpoch}, ours being ${epoch}` })
}

export interface Options {
  /** Where the log ends. */
  readonly head: number
  /** Is told of every batch, in the order of the log. */
  readonly committed: (events: ReadonlyArray<LabEvent>) => void
  /** How long the store may be away before the run is given up. */
  readonly maxOutageMs?: number
}

/** Records for one owner from `head` on. */
export const make = (
  log: EventLogShape,
  ownership: Ownership,
  { head, committed, maxOutageMs = Limits.maxStoreOutageMs }: Options,
): Effect.Effect<Recorder, never, Scope.Scope> =>
  Effect.gen(function* () {
    const gathered: Array<LabEvent> = []
    let stored = head
    let batches = 0
    let writing = false
    let begunMs = Number.NEGATIVE_INFINITY
    const offered = Signal.make()
    const idle = Signal.make()
    const failed = yield* Deferred.make<never, RecorderError>()

    /** Committed, and not told of yet. */
    let untold: ReadonlyArray<LabEvent> | undefined
    const tell = (): void => {
      if (untold !== undefined) committed(untold)
      untold = undefined
    }
    /** Tells of the batch before, once this one is on its way to the store. */
    const tellingMeanwhile = <A, E>(append: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      untold === undefined
        ? append
        : Effect.gen(function* () {
            const appending = yield* Effect.fork(append)
            yield* Effect.promise(() => setImmediate())
            tell()
            return yield* Fiber.join(appending)
          })
    const flush = Effect.gen(function* () {
      while (gathered.length === 0) yield* offered.wait
      const wait = spaced(begunMs)
      if (wait !== undefined) yield* wait
      begunMs = performance.now()
      const batch = gathered.splice(0, Limits.maxEventsPerAppend)
      writing = true
      const name = `${ownership.owner}/${ownership.epoch}/${++batches}`
      stored = yield* tellingMeanwhile(commit(log, ownership, stored, name, batch, maxOutageMs))
      writing = false
      untold = batch
      // Where more is waiting, it is told while the store is at work on that.
      if (gathered.length === 0 || spaced(begunMs) !== undefined) tell()
      if (gathered.length === 0) idle.notify()
    })
    for (const loop of [Effect.forever(flush), keepLease(log, ownership, () => stored, maxOutageMs)])
      yield* loop.pipe(
        Effect.catchAllCause((cause) => Deferred.failCause(failed, cause)),
        Effect.forkScoped,
      )

    const flushed: Effect.Effect<void> = Effect.suspend(() =>
      gathered.length === 0 && !writing ? Effect.void : Effect.zipRight(idle.wait, flushed),
    )
    return {
      offer: (event) => {
        gathered.push(event)
        offered.notify()
      },
      flushed: Effect.raceFirst(flushed, Deferred.await(failed)),
      failure: Deferred.await(failed),
      stored: () => stored,
    }
  })
