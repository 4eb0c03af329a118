/**
 * Mutual exclusion by logical clocks (Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed
 * System"): a request goes to every machine and carries its clock; each acknowledges it; a machine enters once its
 * request is the smallest of those it knows by (clock, machine) and it has heard from every other since; its release
 * goes to every machine. Links are first in, first out, and no message is lost: the algorithm assumes both.
 *
 * A machine that is inside stays for some events of its own, whichever they are, then leaves.
 */
import type { ClockEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import * as Deed from "./Deed.ts"

export interface MutexState {
  readonly workload: "mutex"
  readonly machine: number
  /** All machines but this one, ascending: shared by all states of the machine. */
  readonly others: ReadonlyArray<number>
  /** The clock of its own request, 0 where it has none. */
  readonly requested: number
  /** By machine: the clock of its request, 0 where it is not known to have one. */
  readonly requests: ReadonlyArray<number>
  /** By machine: the clock of the last message from it. */
  readonly heard: ReadonlyArray<number>
  /** Whose requests are to be acknowledged, oldest first. */
  readonly owed: ReadonlyArray<number>
  /** `left`: its release has not gone out. */
  readonly section: "out" | "in" | "left"
  /** Events since it entered. */
  readonly inside: number
}

/** For how many events of its own a machine stays inside. */
export const stay = 2

export const initial = (machine: number, others: ReadonlyArray<number>): MutexState => {
  const none = new Array<number>(others.length + 2).fill(0)
  return {
    workload: "mutex",
    machine,
    others,
    requested: 0,
    requests: none,
    heard: none,
    owed: [],
    section: "out",
    inside: 0,
  }
}

/** The total order of requests: by clock, then by machine. */
export const isBefore = (clock: number, machine: number, otherClock: number, other: number): boolean =>
  clock < otherClock || (clock === otherClock && machine < other)

const isGranted = ({ section, requested, machine, others, heard, requests }: MutexState): boolean =>
  requested > 0 &&
  section === "out" &&
  others.every(
    (other) =>
      isBefore(requested, machine, heard[other]!, other) &&
      (requests[other] === 0 || isBefore(requested, machine, requests[other]!, other)),
  )

/** What it does before it takes a message. */
export const due = (state: MutexState): Deed.Deed | undefined => {
  if (state.section === "left") return Deed.send(state.others, { purpose: "release" })
  if (state.owed.length > 0) return Deed.send([state.owed[0]!], { purpose: "acknowledge" })
  if (state.section === "in" && state.inside >= stay) return Deed.internal({ purpose: "leave" })
  return isGranted(state) ? Deed.internal({ purpose: "enter" }) : undefined
}

/** What it does with an empty inbox. */
export const wish = (state: MutexState, roll: number): Deed.Deed =>
  roll === 1 && state.requested === 0 ? Deed.send(state.others, { purpose: "request" }) : Deed.internal()

const withEntry = (list: ReadonlyArray<number>, at: number, value: number): ReadonlyArray<number> => {
  const copy = list.slice()
  copy[at] = value
  return copy
}

const receive = (state: MutexState, { sender, senderLamport, purpose }: Delivery): MutexState => {
  const heard = withEntry(state.heard, sender, senderLamport)
  switch (purpose) {
    case "request": {
      const requests = withEntry(state.requests, sender, senderLamport)
      return { ...state, heard, requests, owed: [...state.owed, sender] }
    }
    case "release":
      return { ...state, heard, requests: withEntry(state.requests, sender, 0) }
    default:
      return { ...state, heard }
  }
}

const afterDeed = (state: MutexState, { lamport, payload }: ClockEvent): MutexState => {
  switch (payload.purpose) {
    case "request":
      return { ...state, requested: lamport }
    case "acknowledge":
      return { ...state, owed: state.owed.slice(1) }
    case "enter":
      return { ...state, section: "in", inside: 0 }
    case "leave":
      return { ...state, section: "left" }
    case "release":
      return { ...state, section: "out", requested: 0 }
    default:
      return state
  }
}

export const evolve = (state: MutexState, event: ClockEvent): MutexState => {
  const counted = state.section === "in" ? { ...state, inside: state.inside + 1 } : state
  return event.kind === "received" ? receive(counted, event.payload) : afterDeed(counted, event)
}
