/**
 * A virtual run into the log: what the event loop makes is stored in blocks of records, between the run's first event
 * and its last. One that was interrupted is made again up to where its log ends and goes on from there, so that nothing
 * tells it from one that was not. A fork is made in the same way, from its own configuration: up to its place that gives
 * its parent's events, which whoever asks for it has compared with the parent's record.
 */
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as RunBeginning from "../../domain/Beginning.ts"
import type { LabEvent, RunForked } from "../../domain/ClockEvent.ts"
import { EventLog, type EventLogShape, type Ownership } from "../../domain/EventLog.ts"
import type { Prefix } from "../../domain/Prefix.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import type { Options, Outcome } from "../Laboratory.ts"
import * as Lease from "../Lease.ts"
import type { RecorderError } from "../Recorder.ts"
import * as BlockRecorder from "./BlockRecorder.ts"
import * as Blocks from "./Blocks.ts"
import * as CopiedPrefix from "./CopiedPrefix.ts"
import * as Engine from "./Engine.ts"

export interface VirtualOptions extends Options {
  /** Hears how far virtual time has come, and how far it goes; microseconds. */
  readonly onProgress?: (nowUs: number, durationUs: number) => void
}

/** So that timers and signals are heard: the lease must be renewed while what is there already is made again. */
const letOthers = Effect.promise(() => setImmediate())

interface Begun {
  readonly config: RunConfig
  readonly startUs: number
  /** Events that are in the log already, and how many come before `run-started`: 0 or 1. */
  readonly head: number
  readonly requested: number
  /** Of a fork that has not begun. */
  readonly forked?: LabEvent & RunForked
  /** Of a fork of a real run. */
  readonly prefix?: Prefix | undefined
}

const carryOut = (
  { run, maxStoreOutageMs, stopRequested, onProgress = () => {} }: VirtualOptions,
  log: EventLogShape,
  ownership: Ownership,
  { config, startUs, head, requested, forked, prefix }: Begun,
): Effect.Effect<Outcome, RecorderError, Scope.Scope> =>
  Effect.gen(function* () {
    const recorder = yield* BlockRecorder.make(log, ownership, head, maxStoreOutageMs)
    const ofRun = (version: number, occurredAtUs: number) => ({ machine: 0, version, occurredAtUs }) as const
    const making = Effect.gen(function* () {
      const begun = requested + 1
      if (head < begun) {
        const started = { ...ofRun(begun, startUs), kind: "run-started", payload: config } as const
        yield* recorder.append(forked !== undefined && head === 0 ? [forked, started] : [started])
      }
      const loop = Engine.make(config, prefix)
      const blocks = Blocks.make(loop, startUs, Math.max(0, head - begun), begun)
      while (blocks.make()) {
        onProgress(loop.nowUs(), config.durationUs)
        yield* letOthers
        if (blocks.held() >= log.recordsPerAppend) yield* recorder.idle
        if (blocks.held() > 0 && recorder.isIdle()) yield* recorder.append(blocks.take())
      }
      yield* recorder.idle
      if (blocks.held() > 0) yield* recorder.append(blocks.take())
      yield* recorder.idle
      const last = ofRun(blocks.runVersion() + 1, blocks.lastUs() + 1)
      yield* recorder.append([{ ...last, kind: "run-finished", payload: {} }])
      onProgress(config.durationUs, config.durationUs)
      return "finished" as const
    })
    const reason = yield* Effect.raceFirst(
      Effect.raceFirst(making, Effect.as(stopRequested, "interrupted" as const)),
      recorder.failure,
    )
    yield* recorder.idle
    return { run, reason, events: recorder.stored(), refused: { connections: 0, frames: 0 } }
  })

/** The wall clock's time is the start of its schedule, so that a list of runs says when it was made. */
export const run = (options: VirtualOptions & { readonly config: RunConfig }) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const ownership = yield* Lease.owned(log, log.create(options.run, options.owner))
    const begun = { config: options.config, startUs: Date.now() * 1_000, head: 0, requested: 0 }
    return yield* Effect.scoped(carryOut(options, log, ownership, begun))
  }).pipe(Effect.scoped)

/** A run that names its parent first, and then is as any other of its configuration. */
export const fork = (
  options: VirtualOptions & { readonly forked: RunForked["payload"]; readonly prefix?: Prefix | undefined },
) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const ownership = yield* Lease.owned(log, log.create(options.run, options.owner))
    const { forked: payload, prefix } = options
    const occurredAtUs = Date.now() * 1_000
    const forked = { machine: 0, version: 1, occurredAtUs, kind: "run-forked", payload } as const
    const begun = { config: payload.config, startUs: occurredAtUs + 1, head: 0, requested: 1, forked, prefix }
    return yield* Effect.scoped(carryOut(options, log, ownership, begun))
  }).pipe(Effect.scoped)

export type Beginning = Pick<Begun, "config" | "startUs" | "requested" | "prefix">

/** How a run's log says that it begins; undefined where it is no virtual one. */
export const beginning = (log: EventLogShape, run: string) =>
  Effect.gen(function* () {
    const begun = RunBeginning.of(yield* log.read({ run, after: 0, limit: RunBeginning.events }))
    if (begun?.config.mode !== "virtual") return undefined
    const { config, before, firstUs, startUs = Math.max(Date.now() * 1_000, firstUs + 1) } = begun
    const prefix = yield* CopiedPrefix.of(log, run, begun)
    return { config, startUs, requested: before, prefix } satisfies Beginning
  })

/** Goes on with an interrupted run that is ours to write, or begins one that was requested. */
export const goOn = (
  options: VirtualOptions,
  log: EventLogShape,
  ownership: Ownership & { readonly head: number },
  beginning: Beginning,
) => Effect.scoped(carryOut(options, log, ownership, { ...beginning, head: ownership.head }))
