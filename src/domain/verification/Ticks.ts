/**
 * Invariant `schedule`: tick after tick of the schedule is either made or recorded as missed, in order and
 * without a gap, none before it is due; and when the run is finished they are all that were due.
 */
import { address, type MachineEvent } from "../ClockEvent.ts"
import * as Limits from "../Limits.ts"
import type { Check } from "./Check.ts"
import { at, dueUs, type Setting, ticksDue } from "./Setting.ts"

export interface Ticks {
  readonly step: (event: MachineEvent) => void
  /** Ticks that the whole schedule holds; `finishedBy` is the address of `run-finished`, if there is one. */
  readonly finish: (finishedBy: string | undefined) => { readonly due: number }
}

export const make = (check: Check, setting: Setting): Ticks => {
  const { machines } = setting.config
  /** The next tick of each machine's schedule. */
  const next = new Float64Array(machines + 1)
  const last = Float64Array.from({ length: machines + 1 }, (_, m) => (m === 0 ? 0 : ticksDue(setting, m)))

  const checkDue = (event: MachineEvent, k: number): void => {
    const due = dueUs(setting, event.machine, k)
    if (event.occurredAtUs < due)
      check.fail(
        "early",
        [address(event)],
        `Tick ${k} of machine ${event.machine} is due at ${at(setting, due)}, found ${event.kind} at ${at(setting, event.occurredAtUs)}`,
      )
    if (k >= last[event.machine]!)
      check.fail(
        "end",
        [address(event)],
        `The schedule of machine ${event.machine} has ticks 0 to ${last[event.machine]! - 1}, found tick ${k}`,
      )
  }

  const miss = (event: MachineEvent & { readonly kind: "missed" }): void => {
    const { first, count, reason } = event.payload
    if (first !== next[event.machine])
      check.fail(
        "order",
        [address(event)],
        `Ticks are made or missed in order: machine ${event.machine} is at tick ${next[event.machine]}, found ${first} missed`,
      )
    const k = first + count - 1
    checkDue(event, k)
    const late = event.occurredAtUs - dueUs(setting, event.machine, k)
    if (reason === "overdue" && late >= 0 && late <= Limits.maxLatenessUs)
      check.fail(
        "overdue",
        [address(event)],
        `A tick is missed when it is overdue by more than ${Limits.maxLatenessUs} us, found tick ${k} overdue by ${late} us`,
      )
    next[event.machine] = first + count
    check.checked += count
  }

  const failUnfinished = (machine: number, finishedBy: string): void =>
    check.fail(
      "all-due",
      [finishedBy],
      `A finished run has made or missed every tick that was due: machine ${machine} had ${last[machine]}, found ${next[machine]}`,
    )

  return {
    step: (event) => {
      if (event.kind === "missed") return miss(event)
      if (event.kind !== "internal" && event.kind !== "sent" && event.kind !== "received") return
      check.checked++
      checkDue(event, next[event.machine]!++)
    },
    finish: (finishedBy) => {
      let due = 0
      for (let machine = 1; machine <= machines; machine++) {
        due += last[machine]!
        if (finishedBy !== undefined && next[machine]! < last[machine]!) failUnfinished(machine, finishedBy)
      }
      return { due }
    },
  }
}
