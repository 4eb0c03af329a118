/**
 * Invariant `clock-condition` (Lamport 1978): if a happened before b then L(a) < L(b). Happened-before is the
 * closure of two kinds of pairs, consecutive clock events of a machine and a send with its receipt; `<` is
 * transitive, so if it holds on those it holds on all. `VectorCheck` looks at all pairs once more.
 */
import { address, type ClockEvent, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import type { Check } from "./Check.ts"

export interface ClockCondition {
  readonly step: (event: ClockEvent) => void
  /** An event names a message, whose `sent` has this clock. */
  readonly named: (event: MachineEvent, delivery: Delivery, sendLamport: number) => void
}

interface Last {
  lamport: number
  version: number
  /** The clock of the event before it. */
  beforeLamport: number
}

export const make = (check: Check<"clock-condition">): ClockCondition => {
  const lasts: Array<Last | undefined> = []

  /** The later is at fault if it falls behind the two before it, otherwise the one that stands out before it. */
  const failConsecutive = (event: ClockEvent, last: Last): void => {
    const pair = [`${event.machine}/${last.version}`, address(event)]
    check.fail(
      "consecutive",
      event.lamport > last.beforeLamport ? pair : pair.reverse(),
      `Consecutive clock events must have rising clocks: ${last.lamport} is followed by ${event.lamport}`,
    )
  }

  return {
    step: (event) => {
      const last = lasts[event.machine]
      if (last === undefined) {
        lasts[event.machine] = { lamport: event.lamport, version: event.version, beforeLamport: -1 }
        return
      }
      check.checked++
      check.counted.consecutive++
      if (!(last.lamport < event.lamport)) failConsecutive(event, last)
      last.beforeLamport = last.lamport
      last.lamport = event.lamport
      last.version = event.version
    },
    named: (event, delivery, sendLamport) => {
      const events = [address(event), `${delivery.sender}/${delivery.sendVersion}`]
      check.checked++
      check.counted["carried-clock"]++
      if (delivery.senderLamport !== sendLamport)
        check.fail(
          "carried-clock",
          events,
          `A message carries the clock of its send, ${sendLamport}; found ${delivery.senderLamport}`,
        )
      if (event.kind !== "received") return
      check.counted["send-receive"]++
      if (!(sendLamport < event.lamport))
        check.fail(
          "send-receive",
          events,
          `A receipt's clock must be above its send's: the send has ${sendLamport}, the receipt ${event.lamport}`,
        )
    },
  }
}
