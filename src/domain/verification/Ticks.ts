/**
 * Invariant `schedule`: tick after tick of the schedule is either made or recorded as missed, in order and
 * without a gap, none before it is due; and a machine that has stopped as finished had all that were due.
 *
 * That a tick is not made later than the limit is no clause of a real run: the limit is looked at before a tick is made, and a
 * process may be halted between the look and the stamp. A tick that late is remembered all the same, for where ticks are
 * lacking at the end it was probably another one.
 */
import { address, type Logged, type MachineEvent } from "../ClockEvent.ts"
import * as Limits from "../Limits.ts"
import { type Check, runStarted } from "./Check.ts"
import { at, dueUs, type Setting, ticksDue } from "./Setting.ts"

type Event = Logged<MachineEvent>

export interface Ticks {
  readonly step: (event: Event) => void
  /** Ticks that the whole schedule holds. */
  readonly due: () => number
}

export const make = (check: Check<"schedule">, setting: Setting): Ticks => {
  const { machines } = setting.config
  /** The next tick of each machine's schedule. */
  const next = new Float64Array(machines + 1)
  const last = Float64Array.from({ length: machines + 1 }, (_, m) => (m === 0 ? 0 : ticksDue(setting, m)))
  /** The last `missed` of each machine, and the one before its first tick that was later than the limit. */
  const missed: Array<string | undefined> = []
  const suspects: Array<ReadonlyArray<string> | undefined> = []

  const checkDue = (event: Event, k: number): void => {
    check.counted.early++
    check.counted.end++
    const due = dueUs(setting, event.machine, k)
    if (event.occurredAtUs < due)
      check.fail(
        "early",
        [address(event), runStarted],
        `Tick ${k} of machine ${event.machine} is due at ${at(setting, due)}, found ${event.kind} at ${at(setting, event.occurredAtUs)}`,
      )
    if (k >= last[event.machine]!)
      check.fail(
        "end",
        [address(event), runStarted],
        `The schedule of machine ${event.machine} has ticks 0 to ${last[event.machine]! - 1}, found tick ${k}`,
      )
  }

  const miss = (event: Event & { readonly kind: "missed" }): void => {
    const { first, count } = event.payload
    check.counted.order++
    if (first !== next[event.machine])
      check.fail(
        "order",
        [address(event)],
        `Ticks are made or missed in order: machine ${event.machine} is at tick ${next[event.machine]}, found ${first} missed`,
      )
    const k = first + count - 1
    checkDue(event, k)
    check.counted.overdue++
    const late = event.occurredAtUs - dueUs(setting, event.machine, k)
    if (late >= 0 && late <= Limits.maxLatenessUs)
      check.fail(
        "overdue",
        [address(event)],
        `A tick is missed when it is overdue by more than ${Limits.maxLatenessUs} us, found tick ${k} overdue by ${late} us`,
      )
    next[event.machine] = first + count
    missed[event.machine] = address(event)
    check.checked += count
  }

  /** In virtual time a tick is late only where its machine could not make it, and what is late is made at once. */
  const checkNotOverdue = (event: Event, k: number): void => {
    const condition = setting.standstill.get(event.machine)
    if (condition === undefined || setting.config.mode === "real") return
    check.counted.overdue++
    const late = setting.startUs + condition.sinceUs - dueUs(setting, event.machine, k)
    if (late <= Limits.maxLatenessUs) return
    check.fail(
      "overdue",
      [address(event), runStarted],
      `A tick that is overdue by more than ${Limits.maxLatenessUs} us is missed, found tick ${k} made, overdue by ${late} us`,
    )
  }

  const make = (event: Event): void => {
    const k = next[event.machine]!++
    check.checked++
    checkDue(event, k)
    checkNotOverdue(event, k)
    if (event.occurredAtUs - dueUs(setting, event.machine, k) <= Limits.maxLatenessUs) return
    const miss = missed[event.machine]
    suspects[event.machine] ??= miss === undefined ? [address(event)] : [miss, address(event)]
  }

  const checkAll = (event: Event & { readonly kind: "stopped" }): void => {
    if (event.payload.reason !== "finished") return
    check.counted["all-due"]++
    const { machine } = event
    if (next[machine]! >= last[machine]!) return
    check.fail(
      "all-due",
      [...(suspects[machine] ?? []), address(event), runStarted],
      `A machine that has stopped as finished has made or missed every tick that was due: of machine ${machine} ${last[machine]} were, found ${next[machine]}`,
    )
  }

  return {
    step: (event) => {
      if (event.kind === "missed") miss(event)
      else if (event.kind === "stopped") checkAll(event)
      else if (event.kind === "internal" || event.kind === "sent" || event.kind === "received") make(event)
    },
    due: () => last.reduce((sum, ticks) => sum + ticks, 0),
  }
}
