/**
 * The clock events of a log as what a clock has to do at each: which machine, at what moment, and whose stamp a receipt
 * takes up. All clocks go through one execution, so messages are followed once for all of them: a send has a slot
 * while any of its messages may still be received, and every clock keeps the send's stamp in that slot. Memory is
 * bounded by machines and messages in flight.
 */
import {
  type AnyClockEvent,
  isClockEvent,
  isRunEvent,
  isSecondCopy,
  type Logged,
  type Recorded,
} from "../ClockEvent.ts"
import { InFlight } from "../InFlight.ts"
import type { Clock, Moment } from "./Clock.ts"
import type { PhysicalClocks } from "./PhysicalClocks.ts"

export interface Step {
  readonly event: Logged<AnyClockEvent>
  readonly at: Moment
  /** Of a send, where its stamp is to be kept; of a receipt, where it is. -1 where there is none. */
  readonly slot: number
}

/** What a clock has to know of a step. */
export type Stampable = Pick<Step, "at" | "slot"> & {
  readonly event: Pick<Step["event"], "kind" | "machine">
}

export interface Execution {
  /** What the event is to the clocks; undefined of an event that is none of theirs. To be taken in order at once. */
  readonly step: (event: Recorded) => Step | undefined
  /** Receipts whose send the log does not tell: events of their machine alone. */
  readonly strays: () => number
}

export const make = (machines: number, physical: PhysicalClocks): Execution => {
  const free: Array<number> = []
  let slots = 0
  let strays = 0
  const everyone = Array.from({ length: machines }, (_, i) => i + 1)
  const inFlight = new InFlight<number>(everyone, (slot) => free.push(slot))

  const slotOf = (event: Logged<AnyClockEvent>): number => {
    let slot = -1
    if (event.kind === "sent") inFlight.send(event, () => (slot = free.pop() ?? slots++))
    else if (event.kind === "received") {
      inFlight.take(event.payload, (kept) => {
        slot = kept
      })
      if (slot < 0) strays++
    }
    return slot
  }

  return {
    step: (event) => {
      if (isRunEvent(event) || event.machine > machines) return undefined
      if (event.kind === "dropped" && !isSecondCopy(event)) inFlight.take(event.payload)
      if (!isClockEvent(event)) return undefined
      const { machine, version, occurredAtUs } = event
      const at = { machine, version, physicalUs: physical.read(machine, occurredAtUs) }
      return { event, at, slot: slotOf(event) }
    },
    strays: () => strays,
  }
}

/** Stamps the steps of an execution with one clock. */
export class Stamping<Stamp> {
  readonly #clock: Clock<Stamp>
  readonly #machines: Array<Stamp> = []
  readonly #slots: Array<Stamp> = []

  constructor(clock: Clock<Stamp>, machines: number) {
    this.#clock = clock
    for (let machine = 1; machine <= machines; machine++)
      this.#machines[machine] = clock.initial(machine, machines)
  }

  step({ event: { kind, machine }, at, slot }: Stampable): Stamp {
    const own = this.#machines[machine]!
    const clock = this.#clock
    const stamp =
      kind === "sent"
        ? clock.send(own, at)
        : slot < 0
          ? clock.local(own, at)
          : clock.receive(own, this.#slots[slot]!, at)
    if (kind === "sent" && slot >= 0) this.#slots[slot] = stamp
    this.#machines[machine] = stamp
    return stamp
  }
}
