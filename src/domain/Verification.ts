/**
 * What a record proves. One pass over the events of a run in position order, fed page by page, checks the five
 * invariants, one file each in `verification/`. Memory is bounded by machines and by messages in flight, never
 * by the number of events, so a week's run is verified like a minute's.
 *
 * The verifier folds the decider's own pieces (the roll, the clock rule, the schedule) over the record rather
 * than restating them: what it cannot tell is a decider that is wrong in the same way twice. That is what the
 * vectors and properties in test/domain are for.
 */
import { address, isClockEvent, isRunEvent, type Logged, type MachineEvent } from "./ClockEvent.ts"
import * as Check from "./verification/Check.ts"
import * as ClockCondition from "./verification/ClockCondition.ts"
import * as Log from "./verification/Log.ts"
import * as Messages from "./verification/Messages.ts"
import * as Queues from "./verification/Queues.ts"
import * as Ticks from "./verification/Ticks.ts"

export type { CheckResult, Failure, Invariant } from "./verification/Check.ts"

export interface Counts {
  readonly events: number
  readonly clockEvents: number
  readonly internal: number
  readonly sent: number
  readonly received: number
  readonly dropped: number
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
  /** Null if there was nothing to check. */
  readonly verified: boolean | null
  /** The last position examined; 0 if none. */
  readonly upTo: number
  readonly finished: boolean
  readonly checks: ReadonlyArray<Check.CheckResult>
  readonly counts: Counts
}

export interface Verification {
  /** The next event of the log. Never throws, whatever the record holds. */
  readonly step: (event: Logged) => void
  /** Closes the account; to be called once. */
  readonly finish: () => Verdict
}

interface Checks {
  readonly log: Check.Check
  readonly clock: Check.Check
  readonly messages: Check.Check
  readonly queues: Check.Check
  readonly schedule: Check.Check
}

type Setting = NonNullable<ReturnType<Log.Log["setting"]>>

const machineChecks = (checks: Checks, setting: Setting) => {
  const clock = ClockCondition.make(checks.clock)
  return {
    clock,
    messages: Messages.make(checks.messages, setting.config.machines, clock.named),
    queues: Queues.make(checks.queues, checks.log, setting),
    ticks: Ticks.make(checks.schedule, setting),
  }
}

const noEvents = { internal: 0, sent: 0, received: 0, dropped: 0, missed: 0, lives: 0 }

const count = (tally: typeof noEvents, event: MachineEvent): void => {
  if (event.kind === "started" || event.kind === "resumed") tally.lives++
  else if (event.kind === "missed") tally.missed += event.payload.count
  else if (event.kind !== "stopped") tally[event.kind]++
}

export const make = (): Verification => {
  const checks: Checks = {
    log: Check.make("log"),
    clock: Check.make("clock-condition"),
    messages: Check.make("messages"),
    queues: Check.make("queues"),
    schedule: Check.make("schedule"),
  }
  const log = Log.make(checks.log)
  const counted = { ...noEvents }
  let machines: ReturnType<typeof machineChecks> | undefined
  let events = 0
  let finishedBy: string | undefined

  const stepMachine = (event: MachineEvent): void => {
    machines ??= machineChecks(checks, log.setting()!)
    count(counted, event)
    if (isClockEvent(event)) machines.clock.step(event)
    machines.messages.step(event)
    machines.queues.step(event)
    machines.ticks.step(event)
  }

  return {
    step: (event) => {
      events++
      if (!log.step(event)) return
      if (!isRunEvent(event)) stepMachine(event)
      else if (event.kind === "run-finished") finishedBy = address(event)
    },
    finish: () => {
      const setting = log.setting()
      if (setting !== undefined) machines ??= machineChecks(checks, setting)
      const due = machines?.ticks.finish(finishedBy).due ?? 0
      const account = machines?.messages.finish()
      const results = Object.values(checks).map((check: Check.Check) => check.result())
      const ticks = counted.internal + counted.sent + counted.received
      return {
        verified: events === 0 ? null : results.every(({ failures }) => failures.length === 0),
        upTo: log.position(),
        finished: finishedBy !== undefined,
        checks: results,
        counts: {
          ...counted,
          events,
          clockEvents: ticks,
          ticks,
          due,
          recipients: account?.recipients ?? 0,
          leftInInboxes: account?.leftInInboxes ?? 0,
          inFlight: account?.inFlight ?? 0,
          machines: setting?.config.machines ?? 0,
        },
      }
    },
  }
}

/** Verifies a log that is at hand as a whole. */
export const verify = (events: Iterable<Logged>): Verdict => {
  const verification = make()
  for (const event of events) verification.step(event)
  return verification.finish()
}
