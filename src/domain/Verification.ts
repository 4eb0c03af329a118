/**
 * What a record proves. One pass over the events of a run in position order, fed page by page, checks the five
 * invariants, one file each in `verification/`. Memory is bounded by machines and by messages in flight, never
 * by the number of events, so a week's run is verified like a minute's.
 *
 * The verifier folds the decider's own pieces (the roll, the clock rule, the schedule) over the record rather
 * than restating them: what it cannot tell is a decider that is wrong in the same way twice. That is what the
 * vectors and properties in test/domain are for.
 */
import {
  isClockEvent,
  isRunEvent,
  isSecondCopy,
  type Logged,
  type MachineEvent,
  type Recorded,
} from "./ClockEvent.ts"
import * as Check from "./verification/Check.ts"
import * as ClockCondition from "./verification/ClockCondition.ts"
import * as Delivery from "./verification/Delivery.ts"
import * as ImportedLog from "./verification/ImportedLog.ts"
import * as Log from "./verification/Log.ts"
import * as Messages from "./verification/Messages.ts"
import * as MutualExclusion from "./verification/MutualExclusion.ts"
import * as Network from "./verification/Network.ts"
import * as Queues from "./verification/Queues.ts"
import { rules, workloadRules } from "./verification/Rules.ts"
import type { Setting } from "./verification/Setting.ts"
import type { Unreadable } from "./verification/Shape.ts"
import * as Snapshots from "./verification/Snapshots.ts"
import * as Ticks from "./verification/Ticks.ts"
import * as VectorCheck from "./verification/VectorCheck.ts"
import type { WorkloadCheck } from "./verification/WorkloadCheck.ts"

export type { CheckResult, Failure, Invariant, RuleResult } from "./verification/Check.ts"
export * as Relations from "./verification/Relations.ts"
export type { Unreadable }

export interface Counts {
  readonly events: number
  readonly clockEvents: number
  readonly internal: number
  readonly sent: number
  readonly received: number
  /** Messages; second copies of them are counted apart. */
  readonly dropped: number
  readonly duplicates: number
  /** Ticks that were missed, and those made: internal + sent + received. */
  readonly missed: number
  readonly ticks: number
  /** Ticks that the whole schedule holds. */
  readonly due: number
  /** Messages: the recipients of all sends = received + dropped + leftInInboxes + inFlight. */
  readonly recipients: number
  readonly leftInInboxes: number
  readonly inFlight: number
  /** Of the configuration; 0 if the log has none. */
  readonly machines: number
  /** From `started` or `resumed` to `stopped`, or cut short. */
  readonly lives: number
}

export interface Verdict {
  /** Null if there was nothing to check: no event, or nothing but the request for the run. */
  readonly verified: boolean | null
  /** The last position examined; 0 if none. */
  readonly upTo: number
  readonly finished: boolean
  readonly checks: ReadonlyArray<Check.CheckResult>
  readonly counts: Counts
  /** Whether the log came from elsewhere, so that not every clause can be asked of it. */
  readonly imported: boolean
}

export interface Verification {
  /** The next event of the log, or what a store gives in its place. Never throws, whatever the record holds. */
  readonly step: (event: Recorded | Unreadable) => void
  /** Closes the account; to be called once. */
  readonly finish: () => Verdict
}

export interface Options {
  /** Where the run's head says that the log ends; without it, that it ends too early goes unseen. */
  readonly head?: number
}

interface Checks {
  readonly log: Check.Check<"log">
  readonly clock: Check.Check<"clock-condition">
  readonly messages: Check.Check<"messages">
  readonly delivery: Check.Check<"delivery">
  readonly queues: Check.Check<"queues">
  readonly schedule: Check.Check<"schedule">
}

interface OfWorkload {
  readonly check: Check.Check
  readonly steps: WorkloadCheck
}

/** What a run's workload must hold besides. */
const workloadChecks = (setting: Setting, place: Check.Place): OfWorkload | undefined => {
  switch (setting.config.workload) {
    case "mutex": {
      const check = Check.make("mutual-exclusion", workloadRules["mutual-exclusion"], place)
      return { check, steps: MutualExclusion.make(check, setting) }
    }
    case "snapshot": {
      const check = Check.make("snapshots", workloadRules.snapshots, place)
      return { check, steps: Snapshots.make(check, setting) }
    }
    case undefined:
      return undefined
  }
}

const machineChecks = (checks: Checks, setting: Setting) => {
  const { machines } = setting.config
  const clock = ClockCondition.make(checks.clock)
  const vectors = VectorCheck.make(checks.clock, machines)
  const network = Network.make(checks.messages, setting, clock.named)
  const messages = Messages.make(checks.messages, setting.config, {
    sent: (event, messages) => vectors.send(event.machine, messages),
    named: clock.named,
    received: (event, row) => vectors.receive(event.machine, row),
    disposed: vectors.release,
    inFlight: network.inFlight,
  })
  const delivery = Delivery.make(checks.delivery, setting)
  const queues = Queues.make(checks.queues, checks.log, setting)
  const ticks = Ticks.make(checks.schedule, setting)
  const lastUs = new Float64Array(machines + 1)

  /**
   * A drop that denies the run's policy, and is not the network's doing, goes on by what its times say: only a refused
   * message had just come.
   */
  const asItWent = (event: Logged<MachineEvent>): Logged<MachineEvent> => {
    if (event.kind !== "dropped" || event.payload.reason === setting.config.overflow) return event
    if (network.drops(event)) return event
    const reason = event.payload.arrivedAtUs > lastUs[event.machine]! ? "drop-newest" : "drop-oldest"
    return { ...event, payload: { ...event.payload, reason } }
  }

  return {
    step: (recorded: Logged<MachineEvent>): void => {
      if (recorded.kind === "dropped") {
        queues.drop(recorded)
        network.drop(recorded)
      }
      const event = asItWent(recorded)
      lastUs[event.machine] = event.occurredAtUs
      if (isClockEvent(event)) clock.step(event)
      // A receipt hears of its send before it is looked at, and a send is looked at before others hear of it.
      if (event.kind === "sent") vectors.step(event)
      messages.step(event)
      network.step(event)
      delivery.step(event)
      if (event.kind === "internal" || event.kind === "received") vectors.step(event)
      queues.step(event)
      ticks.step(event)
    },
    fault: network.fault,
    change: network.change,
    finish: (isOver: boolean) => {
      queues.finish()
      checks.clock.how = vectors.how()
      const how = delivery.how()
      if (how !== undefined) checks.delivery.how = how
      return { account: messages.finish(isOver), due: ticks.due() }
    },
  }
}

const noEvents = { internal: 0, sent: 0, received: 0, dropped: 0, duplicates: 0, missed: 0, lives: 0 }

const count = (tally: typeof noEvents, event: MachineEvent): void => {
  if (event.kind === "started" || event.kind === "resumed") tally.lives++
  else if (event.kind === "dropped" && isSecondCopy(event)) tally.duplicates++
  else if (event.kind === "missed") tally.missed += event.payload.count
  else if (event.kind !== "stopped") tally[event.kind]++
}

const ofOurs = (options: Options): Verification => {
  const place: Check.Place = { position: 0 }
  const checks: Checks = {
    log: Check.make("log", rules.log, place),
    clock: Check.make("clock-condition", rules["clock-condition"], place),
    messages: Check.make("messages", rules.messages, place),
    delivery: Check.make("delivery", rules.delivery, place),
    queues: Check.make("queues", rules.queues, place),
    schedule: Check.make("schedule", rules.schedule, place),
  }
  const log = Log.make(checks.log, options.head)
  const counted = { ...noEvents }
  let machines: ReturnType<typeof machineChecks> | undefined
  let workload: OfWorkload | undefined
  let events = 0

  const begin = (): ReturnType<typeof machineChecks> | undefined => {
    const setting = log.setting()
    if (setting === undefined || machines !== undefined) return machines
    machines = machineChecks(checks, setting)
    workload = workloadChecks(setting, place)
    return machines
  }

  return {
    step: (event) => {
      events++
      place.position = typeof event?.position === "number" ? event.position : log.position() + 1
      if (!log.step(event)) return
      const checked = machines ?? begin()
      if (event.kind === "fault-injected") {
        checked?.fault(event.payload)
        workload?.steps.fault(event.payload)
      }
      if (!isRunEvent(event)) {
        count(counted, event)
        checked?.step(event)
        workload?.steps.step(event)
      }
      for (const change of log.changes()) checked?.change(change)
    },
    finish: () => {
      const whole = begin()?.finish(log.finishedBy() !== undefined)
      workload?.steps.finish(log.finishedBy() !== undefined)
      log.finish()
      const setting = log.setting()
      const { delivery, ...always } = checks
      const isOrdered = setting?.config.delivery !== undefined || delivery.checked > 0
      const all: ReadonlyArray<Check.Check> = Object.values(isOrdered ? checks : always)
      const asked = workload === undefined ? all : [...all, workload.check]
      const results = Check.blame(asked.map((check) => check.result()))
      const isOfNothing = events === 0 || (events === 1 && log.requested())
      const holds = results.every(({ failures }) => failures.length === 0)
      const ticks = counted.internal + counted.sent + counted.received
      return {
        verified: holds && isOfNothing ? null : holds,
        upTo: log.position(),
        finished: log.finishedBy() !== undefined,
        imported: false,
        checks: results,
        counts: {
          ...counted,
          events,
          clockEvents: ticks,
          ticks,
          due: whole?.due ?? 0,
          recipients: whole?.account.recipients ?? 0,
          leftInInboxes: whole?.account.leftInInboxes ?? 0,
          inFlight: whole?.account.inFlight ?? 0,
          machines: setting?.config.machines ?? 0,
        },
      }
    },
  }
}

/** The first event says where a log comes from, and by that what may be asked of it. */
export const make = (options: Options = {}): Verification => {
  let chosen: Verification | undefined
  const choose = (event: Recorded | Unreadable): Verification =>
    ImportedLog.isBegun(event) ? ImportedLog.make(event.payload, options) : ofOurs(options)
  return {
    step: (event) => {
      chosen ??= choose(event)
      chosen.step(event)
    },
    finish: () => (chosen ?? ofOurs(options)).finish(),
  }
}

/** Verifies a log that is at hand as a whole. */
export const verify = (events: Iterable<Recorded>): Verdict => {
  const verification = make()
  for (const event of events) verification.step(event)
  return verification.finish()
}
