/**
 * Invariant `clock-condition` (Lamport 1978): if a happened before b then L(a) < L(b). Happened-before is the
 * closure of two kinds of pairs, consecutive clock events of a machine and a send with its receipt; `<` is
 * transitive, so if it holds on those it holds on all.
 */
import { address, type ClockEvent, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import type { Check } from "./Check.ts"

export interface ClockCondition {
  readonly step: (event: ClockEvent) => void
  /** An event names a message, whose `sent` has this clock. */
  readonly named: (event: MachineEvent, delivery: Delivery, sendLamport: number) => void
}

export const make = (check: Check): ClockCondition => {
  const lastClock: Array<number | undefined> = []
  const lastVersion: Array<number> = []
  return {
    step: (event) => {
      const last = lastClock[event.machine]
      if (last !== undefined) {
        check.checked++
        if (!(last < event.lamport))
          check.fail(
            "consecutive",
            [`${event.machine}/${lastVersion[event.machine]}`, address(event)],
            `Consecutive clock events must have rising clocks: ${last} is followed by ${event.lamport}`,
          )
      }
      lastClock[event.machine] = event.lamport
      lastVersion[event.machine] = event.version
    },
    named: (event, delivery, sendLamport) => {
      const events = [`${delivery.sender}/${delivery.sendVersion}`, address(event)]
      check.checked++
      if (delivery.senderLamport !== sendLamport)
        check.fail(
          "carried-clock",
          events,
          `A message carries the clock of its send, ${sendLamport}; found ${delivery.senderLamport}`,
        )
      if (event.kind === "received" && !(sendLamport < event.lamport))
        check.fail(
          "send-receive",
          events,
          `A receipt's clock must be above its send's: the send has ${sendLamport}, the receipt ${event.lamport}`,
        )
    },
  }
}
