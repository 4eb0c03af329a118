/**
 * A run from start to finish on the real engine: machines, mesh and recorder are brought up, the start is
 * taken, every machine makes its schedule, and the record is closed.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LabEvent, StopReason } from "../domain/ClockEvent.ts"
import {
  EventLog,
  type EventLogShape,
  type Ownership,
  type RunExists,
  type StoreUnavailable,
} from "../domain/EventLog.ts"
import * as Machine from "../domain/Machine.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as Schedule from "../domain/Schedule.ts"
import * as Topology from "../domain/Topology.ts"
import { LiveMachine } from "./real/LiveMachine.ts"
import * as MachineFiber from "./real/MachineFiber.ts"
import * as Mesh from "./real/Mesh.ts"
import * as MonotonicClock from "./real/MonotonicClock.ts"
import type { PortsExhausted } from "./real/PortsExhausted.ts"
import * as Recorder from "./real/Recorder.ts"
import type { RefusalCounts, Refused } from "./real/Refusals.ts"
import type { Ticker } from "./real/Ticker.ts"

export interface RunOptions {
  readonly run: string
  /** Who writes the run, for the errors of others: such as "pid 4711 on host". */
  readonly owner: string
  readonly config: RunConfig.RunConfig
  /** Succeeds when the run is to stop before its end. */
  readonly stopRequested: Effect.Effect<void>
  /** Called once, when the start has been taken. */
  readonly watch?: (progress: Progress) => void
  readonly network?: Mesh.Network
}

/** A running experiment as those who watch see it; nothing in it may be changed from outside. */
export interface Progress {
  readonly run: string
  readonly startUs: number
  readonly nowUs: () => number
  readonly stored: () => number
  readonly machines: ReadonlyArray<LiveMachine>
  readonly refusals: RefusalCounts
}

export interface Outcome {
  readonly run: string
  readonly reason: "finished" | "interrupted"
  readonly events: number
  /** What the machines' ports did not let in. */
  readonly refused: Refused
}

export type RunFailure = PortsExhausted | RunExists | StoreUnavailable | Recorder.RecorderError

interface Parts {
  readonly machines: ReadonlyArray<LiveMachine>
  readonly phasesUs: ReadonlyArray<number>
  readonly clock: MonotonicClock.MonotonicClock
  readonly mesh: Mesh.Mesh
  /** Where machines put their events; connected once the run exists. */
  readonly sink: { record: (event: LabEvent) => void }
}

/** Brings up machines and network. Nothing is written yet, so a failure leaves no run behind. */
const bringUp = (
  options: RunOptions,
  log: EventLogShape,
): Effect.Effect<Parts, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const { config, run } = options
    const sink: Parts["sink"] = { record: () => {} }
    const clock = MonotonicClock.make()
    const rates = RunConfig.ratesOf(config)
    const peers = Topology.twoCycles(config.seed, config.machines)
    const machines = Array.from({ length: config.machines }, (_, i) => {
      const machine = i + 1
      return new LiveMachine({
        state: Machine.inRun(config, peers, machine),
        tickRateHz: rates[machine]!,
        capacity: config.capacity,
        overflow: config.overflow,
        clock,
        record: (event) => sink.record(event),
      })
    })
    const recipientsOf = (machine: number) => Topology.peersOf(peers, machine)
    const mesh = yield* Mesh.make({ run, machines, recipientsOf, log, ...options.network })
    const phasesUs = machines.map(({ machine, tickRateHz }) =>
      RunConfig.phaseOf(config.seed, machine, tickRateHz),
    )
    return { machines, phasesUs, clock, mesh, sink }
  })

const tickersOf = (parts: Parts, config: RunConfig.RunConfig, startUs: number): ReadonlyArray<Ticker> =>
  parts.machines.map(({ tickRateHz }, i) => {
    const phaseUs = parts.phasesUs[i]!
    const ticks = Schedule.ticksDue(phaseUs, tickRateHz, config.durationUs)
    return { startUs, phaseUs, tickRateHz, ticks }
  })

/** Acknowledges a committed batch to its machines and lets its messages leave. */
const acknowledge = (parts: Parts) => (events: ReadonlyArray<LabEvent>) => {
  for (const event of events) {
    if (event.machine === 0) continue
    parts.machines[event.machine - 1]!.acknowledge(event.version)
    if (event.kind === "sent") parts.mesh.send(event)
  }
}

/** Takes the start, makes every schedule, closes every stream. */
const carryOut = (
  options: RunOptions,
  log: EventLogShape,
  parts: Parts,
  ownership: Ownership,
): Effect.Effect<Outcome, Recorder.RecorderError, Scope.Scope> =>
  Effect.gen(function* () {
    const { config, run } = options
    const recorder = yield* Recorder.make(log, ownership, 0, acknowledge(parts))
    parts.sink.record = recorder.offer
    const startUs = parts.clock.nowUs()
    recorder.offer({ machine: 0, version: 1, occurredAtUs: startUs, kind: "run-started", payload: config })
    const tickers = tickersOf(parts, config, startUs)
    parts.machines.forEach((machine, i) => {
      machine.put({ input: "start", rate: machine.tickRateHz, phaseUs: parts.phasesUs[i]! })
    })
    options.watch?.({
      run,
      startUs,
      nowUs: parts.clock.nowUs,
      stored: recorder.stored,
      machines: parts.machines,
      refusals: parts.mesh.refusals,
    })
    const schedules = Effect.forEach(parts.machines, (machine, i) => MachineFiber.run(machine, tickers[i]!), {
      concurrency: "unbounded",
      discard: true,
    }).pipe(Effect.as("finished" as const))
    const stop = Effect.as(options.stopRequested, "interrupted" as const)
    const reason: StopReason & Outcome["reason"] = yield* Effect.raceAll([schedules, stop, recorder.failure])
    for (const machine of parts.machines) machine.stop(reason)
    if (reason === "finished")
      recorder.offer({
        machine: 0,
        version: 2,
        occurredAtUs: parts.clock.nowUs(),
        kind: "run-finished",
        payload: {},
      })
    yield* recorder.flushed
    return { run, reason, events: recorder.stored(), refused: parts.mesh.refusals.total }
  })

export const run = (options: RunOptions): Effect.Effect<Outcome, RunFailure, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const parts = yield* bringUp(options, log)
    const ownership = yield* Effect.acquireRelease(log.create(options.run, options.owner), (owned) =>
      Effect.ignore(log.release(owned)),
    )
    return yield* Effect.scoped(carryOut(options, log, parts, ownership))
  }).pipe(
    Effect.scoped,
    Effect.withSpan("Laboratory.run", {
      attributes: { run: options.run, machines: options.config.machines },
    }),
  )
