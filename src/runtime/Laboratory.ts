/**
 * A run from where it stands to its end on the real engine: machines, mesh and recorder are brought up, every machine
 * makes what is left of its schedule, and the record is closed. A new run stands at its beginning.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import {
  isWhole,
  type LabEvent,
  type MachineEvent,
  type RunEvent,
  type StopReason,
} from "../domain/ClockEvent.ts"
import {
  EventLog,
  type EventLogShape,
  type Ownership,
  type RunExists,
  type RunHeld,
  type RunUnknown,
  type StoreUnavailable,
} from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import type { Onlooker } from "../domain/Onlooker.ts"
import * as Reach from "../domain/Reach.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as Schedule from "../domain/Schedule.ts"
import * as Standing from "../domain/Standing.ts"
import * as Lease from "./Lease.ts"
import { NotResumable } from "./NotResumable.ts"
import * as Recorder from "./Recorder.ts"
import * as AlarmClock from "./real/AlarmClock.ts"
import * as FaultDriver from "./real/FaultDriver.ts"
import { LiveMachine } from "./real/LiveMachine.ts"
import * as MachineFiber from "./real/MachineFiber.ts"
import * as Mesh from "./real/Mesh.ts"
import * as MonotonicClock from "./real/MonotonicClock.ts"
import type { PortsExhausted } from "./real/PortsExhausted.ts"
import type { RefusalCounts, Refused } from "./real/Refusals.ts"
import * as StartingLine from "./real/StartingLine.ts"
import type * as Ticker from "./real/Ticker.ts"
import * as VirtualLaboratory from "./virtual/VirtualLaboratory.ts"
import * as WatchedLog from "./WatchedLog.ts"

export interface Options {
  readonly run: string
  /** Who writes the run, for the errors of others: such as "pid 4711 on host". */
  readonly owner: string
  /** Succeeds when the run is to stop before its end. */
  readonly stopRequested: Effect.Effect<void>
  /** Called once, before machines and network are brought up: with what there will be to do. */
  readonly prepare?: (config: RunConfig.RunConfig) => void
  /** Called once, when the start has been taken. */
  readonly watch?: (progress: Progress) => void
  /** Who looks on while a real run is made; of a virtual one nobody is told anything. */
  readonly onlooker?: (config: RunConfig.RunConfig) => Onlooker
  /** How long the store may be away before the run is given up; milliseconds. */
  readonly maxStoreOutageMs?: number
  readonly network?: Mesh.Network
}

export interface RunOptions extends Options {
  readonly config: RunConfig.RunConfig
}

export interface ResumeOptions extends Options {
  /** Hears of a lease that stands, and for how many milliseconds it still does. */
  readonly onWaiting?: (owner: string, leasedForMs: number) => Effect.Effect<void>
  /** Hears how far the log has been read. */
  readonly onRead?: (position: number, head: number) => void
  /** Hears how far virtual time has come, and how far it goes; microseconds. */
  readonly onProgress?: (nowUs: number, durationUs: number) => void
}

/** A running experiment as those who watch see it; nothing in it may be changed from outside. */
export interface Progress {
  readonly run: string
  readonly config: RunConfig.RunConfig
  /** When the schedule began, less the time for which it stood still. */
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
export type ResumeFailure = Exclude<RunFailure, RunExists> | RunHeld | RunUnknown | NotResumable

interface Parts {
  readonly standing: Standing.Standing
  readonly machines: ReadonlyArray<LiveMachine>
  readonly phasesUs: ReadonlyArray<number>
  readonly clock: MonotonicClock.MonotonicClock
  readonly alarms: AlarmClock.AlarmClock
  readonly mesh: Mesh.Mesh
  /** Where machines put their events; connected once the run is ours. */
  readonly sink: { record: (event: LabEvent) => void }
}

/** Brings up machines and network. Nothing is written yet, so a failure leaves no trace in the log. */
const bringUp = (
  { run, network, prepare }: Options,
  standing: Standing.Standing,
  log: EventLogShape,
): Effect.Effect<Parts, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const { config } = standing
    prepare?.(config)
    const sink: Parts["sink"] = { record: () => {} }
    const clock = MonotonicClock.make(standing.lastUs + 1)
    const rates = RunConfig.ratesOf(config)
    const { linksOf } = Reach.of(config)
    const machines = standing.machines.map(
      ({ state, links }) =>
        new LiveMachine({
          state,
          links,
          tickRateHz: rates[state.machine]!,
          capacity: config.capacity,
          overflow: config.overflow,
          clock,
          record: (event) => sink.record(event),
        }),
    )
    const knownOf = (sender: number, recipient: number) =>
      standing.machines[recipient - 1]!.links.get(sender)?.known ?? 0
    const alarms = yield* AlarmClock.make(clock)
    const { ringDue } = alarms
    const ofRun = { run, machines, clock, ringDue, recipientsOf: linksOf, knownOf, log }
    const mesh = yield* Mesh.make({ ...ofRun, ...network })
    const phasesUs = machines.map(({ machine, tickRateHz }) =>
      RunConfig.phaseOf(config.seed, machine, tickRateHz),
    )
    return { standing, machines, phasesUs, clock, alarms, mesh, sink }
  })

const scheduleOf = ({ machines, phasesUs, standing }: Parts, i: number): Ticker.Schedule => {
  const { tickRateHz } = machines[i]!
  const phaseUs = phasesUs[i]!
  return { phaseUs, tickRateHz, ticks: Schedule.ticksDue(phaseUs, tickRateHz, standing.config.durationUs) }
}

/** The fibers of all machines, waiting at the line. */
const lineUp = (parts: Parts, line: StartingLine.StartingLine) =>
  Effect.gen(function* () {
    const schedules = yield* Effect.forEach(
      parts.machines,
      (machine, i) =>
        MachineFiber.run(
          machine,
          scheduleOf(parts, i),
          line,
          parts.alarms,
          parts.standing.machines[i]!.ticks,
        ),
      { concurrency: "unbounded", discard: true },
    ).pipe(Effect.as("finished" as const), Effect.forkScoped)
    yield* line.full
    return schedules
  })

/** Acknowledges a committed batch to its machines and lets its messages leave. */
const acknowledge = (parts: Parts) => (events: ReadonlyArray<LabEvent>) => {
  for (const event of events) {
    if (event.machine === 0) continue
    parts.machines[event.machine - 1]!.acknowledge(event.version)
    if (event.kind !== "sent") continue
    parts.alarms.ringDue()
    parts.mesh.send(event)
  }
}

type RunStream = <K extends RunEvent["kind"]>(
  kind: K,
  payload: Extract<RunEvent, { kind: K }>["payload"],
  atUs?: number,
) => void

/** The run's own stream, whose times strictly rise too. */
const runStream = ({ standing, clock }: Parts, offer: (event: LabEvent) => void): RunStream => {
  let { version, lastUs } = standing
  return (kind, payload, atUs = clock.nowUs()) => {
    lastUs = Math.max(atUs, lastUs + 1)
    offer({ machine: 0, version: ++version, occurredAtUs: lastUs, kind, payload } as RunEvent)
  }
}

/** Records that the run begins or goes on, and gives the start of its schedule. */
const begin = ({ standing, machines, phasesUs, clock }: Parts, ofRun: RunStream): number => {
  const occurredAtUs = clock.nowUs()
  const isNew = !standing.started
  const downUs = isNew ? 0 : occurredAtUs - standing.lastUs
  if (isNew) ofRun("run-started", standing.config, occurredAtUs)
  else ofRun("run-resumed", { downUs }, occurredAtUs)
  machines.forEach((machine, i) => {
    machine.put(
      machine.state.version === 0
        ? { input: "start", rate: machine.tickRateHz, phaseUs: phasesUs[i]! }
        : { input: "resume", downUs },
    )
  })
  return isNew ? occurredAtUs : standing.startUs + standing.downUs + downUs
}

/** Takes events of machines for the recorder, where somebody looks on. */
const seen =
  (onlooker: Onlooker, { machines, clock }: Parts, offer: (event: LabEvent) => void) =>
  (event: LabEvent): void => {
    if (event.machine !== 0)
      onlooker.decided(event as MachineEvent, machines[event.machine - 1]!.latenessUs, clock.nowUs())
    offer(event)
  }

/** Makes what is left of every schedule and closes every stream. */
const carryOut = (
  options: Options,
  log: EventLogShape,
  parts: Parts,
  ownership: Ownership,
): Effect.Effect<Outcome, Recorder.RecorderError, Scope.Scope> =>
  Effect.gen(function* () {
    const { run } = options
    const { standing, machines, clock } = parts
    const onlooker = options.onlooker?.(standing.config)
    const watched = onlooker === undefined ? log : WatchedLog.make(log, onlooker, clock.nowUs)
    const recorder = yield* Recorder.make(watched, ownership, {
      head: standing.head,
      committed: acknowledge(parts),
      maxOutageMs: options.maxStoreOutageMs ?? Limits.maxStoreOutageMs,
    })
    parts.sink.record = onlooker === undefined ? recorder.offer : seen(onlooker, parts, recorder.offer)
    const ofRun = runStream(parts, recorder.offer)
    const line = StartingLine.make(machines.length)
    const schedules = yield* lineUp(parts, line)
    const startUs = begin(parts, ofRun)
    options.watch?.({
      run,
      config: standing.config,
      startUs,
      nowUs: clock.nowUs,
      stored: recorder.stored,
      machines,
      refusals: parts.mesh.refusals,
    })
    const faults: FaultDriver.Options = {
      faults: standing.config.faults ?? [],
      done: standing.faults,
      startUs,
      clock,
      machines,
      mesh: parts.mesh,
      record: (fault) => ofRun("fault-injected", fault),
    }
    FaultDriver.takeUp(faults)
    const faultDriver = yield* Effect.forkScoped(FaultDriver.run(faults))
    line.start(startUs)
    const stop = Effect.as(options.stopRequested, "interrupted" as const)
    // Whichever ends first, also by failing, which `raceAll` would wait for the others after.
    const reason: StopReason & Outcome["reason"] = yield* Effect.raceFirst(
      Effect.raceFirst(Fiber.join(schedules), stop),
      recorder.failure,
    ).pipe(Effect.ensuring(Fiber.interrupt(schedules)))
    // One that was due at the very end must not come behind it.
    yield* Fiber.interrupt(faultDriver)
    for (const machine of machines) machine.stop(reason)
    if (reason === "finished") ofRun("run-finished", {})
    yield* recorder.flushed
    return { run, reason, events: recorder.stored(), refused: parts.mesh.refusals.total }
  })

const traced = (name: string, run: string) =>
  Effect.withSpan(name, { captureStackTrace: false, attributes: { run } })

export const run = (options: RunOptions): Effect.Effect<Outcome, RunFailure, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const parts = yield* bringUp(options, Standing.initial(options.config), log)
    const ownership = yield* Lease.owned(log, log.create(options.run, options.owner))
    return yield* Effect.scoped(carryOut(options, log, parts, ownership))
  }).pipe(Effect.scoped, traced("Laboratory.run", options.run))

/** Where the run stands, by its whole log. */
const fold = (
  log: EventLogShape,
  { run, onRead }: ResumeOptions,
  head: number,
): Effect.Effect<Standing.Standing, NotResumable | RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const standing = Standing.make()
    for (let after = 0; after < head; ) {
      const page = yield* log.read({ run, after, limit: Limits.eventsPerPage })
      if (page.length === 0) break
      for (const event of page) {
        if (!isWhole(event)) return yield* new NotResumable({ run, reason: "imported" })
        standing.step(event)
      }
      after = page[page.length - 1]!.position
      onRead?.(after, head)
    }
    const found = standing.finish()
    if (found === undefined) return yield* new NotResumable({ run, reason: "unbegun" })
    if (found.finished) return yield* new NotResumable({ run, reason: "finished" })
    return found
  })

/** So that one that is finished is not even claimed. */
const checkUnfinished = (
  log: EventLogShape,
  run: string,
): Effect.Effect<void, NotResumable | RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const { position } = yield* log.head(run)
    const [last] = yield* log.read({ run, after: position - 1, limit: 1 })
    if (last?.kind === "run-finished") return yield* new NotResumable({ run, reason: "finished" })
  })

/**
 * Goes on with an interrupted run. A lease that stands is watched: if it is renewed the run is somebody's, and nothing
 * is written; if it runs out the run is taken, in a new epoch.
 */
export const resume = (options: ResumeOptions): Effect.Effect<Outcome, ResumeFailure, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { run, owner } = options
    yield* Lease.outwait(log, run, options.onWaiting)
    yield* checkUnfinished(log, run)
    const ownership = yield* Lease.owned(log, log.claim(run, owner))
    const beginning = yield* VirtualLaboratory.beginning(log, run)
    if (beginning !== undefined) {
      yield* checkUnfinished(log, run)
      return yield* VirtualLaboratory.goOn(options, log, ownership, beginning)
    }
    const preparing = Effect.gen(function* () {
      const standing = yield* fold(log, options, ownership.head)
      return yield* bringUp(options, standing, log)
    })
    const parts = yield* Effect.raceFirst(preparing, Lease.kept(log.renew(ownership)))
    return yield* Effect.scoped(carryOut(options, log, parts, ownership))
  }).pipe(Effect.scoped, traced("Laboratory.resume", options.run))
