/**
 * The verdict on a run whose records all hold, as `Verification` would have given it: how much of each clause was looked at
 * follows from how many events of each kind there were.
 */
import type { Verdict } from "../Verification.ts"
import * as Check from "../verification/Check.ts"
import { type RuleOf, type RunInvariant, rules } from "../verification/Rules.ts"
import * as VectorCheck from "../verification/VectorCheck.ts"
import type { RecordFailure } from "./RecordFailure.ts"
import type { Examined } from "./RecordVerifier.ts"

/** Of the run's own stream: run-started and run-finished. */
const runEvents = 2

type Looked<I extends RunInvariant> = Readonly<Partial<Record<RuleOf<I>, number>>>

const resultOf = <I extends RunInvariant>(
  invariant: I,
  checked: number,
  looked: Looked<I>,
  failure: RecordFailure | undefined,
  how?: string,
): Check.CheckResult => {
  const check = Check.make(invariant, rules[invariant] as Readonly<Record<RuleOf<I>, string>>, {
    position: 0,
  })
  check.checked = checked
  Object.assign(check.counted, looked)
  if (how !== undefined) check.how = how
  const { failures, ...result } = check.result()
  if (failure?.invariant !== invariant) return { ...result, failures }
  const { rule, event, says } = failure
  return {
    ...result,
    failures: [{ rule, events: event === "" ? [] : [event], message: `${says}: it does not` }],
  }
}

const totalsOf = (machines: number, examined: Examined) => {
  const { internal, sent, received, dropNewest, dropOldest, leftInInboxes } = examined
  const dropped = dropNewest + dropOldest
  const ticks = internal + sent + received
  const ofMachines = machines + ticks + dropped + examined.stopped
  return {
    dropped,
    ticks,
    ofMachines,
    events: ofMachines + runEvents,
    named: received + dropped + leftInInboxes,
    revealed: received + dropOldest + leftInInboxes,
    consecutive: ticks - (machines - examined.idle),
  }
}

/** `failure` is what does not hold, though `Verification` finds nothing wrong. */
export const verdictOf = (machines: number, examined: Examined, failure?: RecordFailure): Verdict => {
  const { internal, sent, received, recipients, leftInInboxes, inFlight, compared, pairs } = examined
  const { dropped, ticks, ofMachines, events, named, revealed, consecutive } = totalsOf(machines, examined)
  const log: Looked<"log"> = {
    ...{ shape: events, positions: events, "run-started": ofMachines, "run-finished": events },
    ...{ closed: machines, machines: ofMachines, versions: events, stamps: events + revealed },
    ...{ life: ofMachines, clock: ofMachines, rolls: internal + sent, configuration: machines },
  }
  const clocks: Looked<"clock-condition"> = {
    ...{ consecutive, "carried-clock": named, "send-receive": received, "vector-clocks": compared },
  }
  const messages: Looked<"messages"> = {
    ...{ "committed-send": named, once: named, fifo: named, "sent-at": named, "arrived-at": named },
    account: recipients,
  }
  const queues: Looked<"queues"> = {
    ...{ length: ofMachines, "empty-at-start": machines, takes: internal + sent },
    ...{ capacity: ofMachines - machines, overflow: dropped, listed: examined.stopped },
  }
  const schedule: Looked<"schedule"> = { early: ticks, end: ticks, "all-due": examined.stopped }
  return {
    verified: failure === undefined,
    upTo: events,
    finished: true,
    imported: false,
    checks: [
      resultOf("log", events, log, failure),
      resultOf("clock-condition", consecutive + named, clocks, failure, VectorCheck.how(machines, pairs)),
      resultOf("messages", named, messages, failure),
      resultOf("queues", ofMachines, queues, failure),
      resultOf("schedule", ticks, schedule, failure),
    ],
    counts: {
      ...{ events, clockEvents: ticks, internal, sent, received, dropped, duplicates: 0, missed: 0, ticks },
      ...{ due: examined.ticksDue, recipients, leftInInboxes, inFlight, machines, lives: machines },
    },
  }
}
