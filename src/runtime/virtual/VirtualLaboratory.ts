/**
 * A virtual run into the log: what the event loop makes goes through the same recorder as a real run's events. One
 * that was interrupted is made again up to where its log ends and goes on from there, so that nothing tells it from
 * one that was not.
 */
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Logged } from "../../domain/ClockEvent.ts"
import { EventLog, type EventLogShape, type Ownership } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import type { Options, Outcome } from "../Laboratory.ts"
import * as Lease from "../Lease.ts"
import * as Recorder from "../Recorder.ts"
import * as VirtualRun from "./VirtualRun.ts"

export interface VirtualOptions extends Options {
  /** Hears how far virtual time has come, and how far it goes; microseconds. */
  readonly onProgress?: (nowUs: number, durationUs: number) => void
}

/** So that timers and signals are heard: the lease must be renewed while what is there already is made again. */
const letOthers = Effect.promise(() => setImmediate())

interface Begun {
  readonly config: RunConfig
  readonly startUs: number
  /** Events that are in the log already. */
  readonly head: number
}

const carryOut = (
  { run, maxStoreOutageMs, stopRequested, onProgress = () => {} }: VirtualOptions,
  log: EventLogShape,
  ownership: Ownership,
  { config, startUs, head }: Begun,
): Effect.Effect<Outcome, Recorder.RecorderError, Scope.Scope> =>
  Effect.gen(function* () {
    const recorder = yield* Recorder.make(log, ownership, {
      head,
      committed: () => {},
      ...(maxStoreOutageMs === undefined ? {} : { maxOutageMs: maxStoreOutageMs }),
    })
    const making = Effect.gen(function* () {
      let position = 0
      for (const { events, nowUs } of VirtualRun.turns(config, startUs)) {
        for (const event of events) if (++position > head) recorder.offer(event)
        onProgress(nowUs, config.durationUs)
        if (position - recorder.stored() >= Limits.maxEventsPerAppend) yield* recorder.flushed
        else yield* letOthers
      }
      return "finished" as const
    })
    const reason = yield* Effect.raceFirst(
      Effect.raceFirst(making, Effect.as(stopRequested, "interrupted" as const)),
      recorder.failure,
    )
    yield* recorder.flushed
    return { run, reason, events: recorder.stored(), refused: { connections: 0, frames: 0 } }
  })

/** The wall clock's time is the start of its schedule, so that a list of runs says when it was made. */
export const run = (options: VirtualOptions & { readonly config: RunConfig }) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const ownership = yield* Lease.owned(log, log.create(options.run, options.owner))
    const begun = { config: options.config, startUs: Date.now() * 1_000, head: 0 }
    return yield* Effect.scoped(carryOut(options, log, ownership, begun))
  }).pipe(Effect.scoped)

/** Goes on with an interrupted run that is ours to write and begins with this event. */
export const goOn = (
  options: VirtualOptions,
  log: EventLogShape,
  ownership: Ownership & { readonly head: number },
  first: Logged & { readonly kind: "run-started" },
) => {
  const begun = { config: first.payload, startUs: first.occurredAtUs, head: ownership.head }
  return Effect.scoped(carryOut(options, log, ownership, begun))
}
