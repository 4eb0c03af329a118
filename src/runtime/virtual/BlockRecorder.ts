/**
 * The way of a virtual run into the log: one append at a time, each exactly once whatever becomes of the connection,
 * while whoever makes the events makes the next. It holds no more than what is being appended.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { LabEvent } from "../../domain/ClockEvent.ts"
import type { EventLogShape, Ownership } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { EventRecords } from "../../domain/RecordDecoder.ts"
import * as Recorder from "../Recorder.ts"

export interface BlockRecorder {
  /** Begins to append. To be called when the append before it is done, as `idle` says. */
  readonly append: (events: ReadonlyArray<LabEvent> | EventRecords) => Effect.Effect<void>
  readonly isIdle: () => boolean
  /** Waits for the append that is under way, or fails as it did. */
  readonly idle: Effect.Effect<void, Recorder.RecorderError>
  /** Never succeeds: fails when the run can be recorded no longer. */
  readonly failure: Effect.Effect<never, Recorder.RecorderError>
  readonly stored: () => number
}

/** Records for one owner from `head` on. */
export const make = (
  log: EventLogShape,
  ownership: Ownership,
  head: number,
  maxOutageMs: number = Limits.maxStoreOutageMs,
): Effect.Effect<BlockRecorder, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    let stored = head
    let batches = 0
    let isIdle = true
    let writing: Fiber.RuntimeFiber<void, Recorder.RecorderError> | undefined
    const failed = yield* Deferred.make<never, Recorder.RecorderError>()

    const commit = (events: ReadonlyArray<LabEvent> | EventRecords) => {
      const batch = `${ownership.owner}/${ownership.epoch}/${++batches}`
      const [count, append] =
        "bytes" in events
          ? [events.events, Effect.suspend(() => log.appendRecords(ownership, stored, batch, events))]
          : [events.length, Effect.suspend(() => log.append(ownership, stored, batch, events))]
      return Recorder.commitOnce(ownership, { head: stored, batch, count }, append, maxOutageMs)
    }
    yield* Recorder.keepLease(log, ownership, () => stored, maxOutageMs).pipe(
      Effect.catchAllCause((cause) => Deferred.failCause(failed, cause)),
      Effect.forkScoped,
    )
    return {
      append: (events) =>
        Effect.uninterruptible(
          Effect.gen(function* () {
            isIdle = false
            const committing = Effect.map(commit(events), (position) => {
              stored = position
              isIdle = true
            })
            const heard = Effect.tapErrorCause(committing, (cause) => Deferred.failCause(failed, cause))
            writing = yield* Effect.forkIn(Effect.interruptible(heard), scope)
          }),
        ),
      isIdle: () => isIdle,
      idle: Effect.suspend(() => (writing === undefined ? Effect.void : Fiber.join(writing))),
      failure: Deferred.await(failed),
      stored: () => stored,
    }
  })
