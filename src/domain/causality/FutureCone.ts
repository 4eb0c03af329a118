/**
 * All that an event happened before (Lamport 1978), from one reading of the log after it.
 *
 * The log is a linear extension of happened-before: a machine's events stand in order, and a send is committed
 * before its receipt. So events in the order of the log tell, one by one, whether they lie in the future: on
 * each machine all from the first receipt on whose send does. That first receipt is all that is kept, so the
 * memory is a record a machine; and as each names the send that reached its machine, they are a way back.
 *
 * A vector clock for each event was rejected: as many numbers a machine for every message in flight.
 */
import type { Recorded } from "../ClockEvent.ts"
import { type Address, type Point, pointOf, same } from "./Address.ts"

/** Part of a path: from an event to a later one of the same machine, or from a send to its receipt. */
export interface Hop {
  readonly by: "steps" | "message"
  readonly from: Point
  readonly to: Point
}

export interface FutureCone {
  /** Takes the next event of the log. Those before the origin change nothing. */
  readonly step: (event: Recorded) => void
  /** Whether a clock event that has been taken is the origin or in its future. */
  readonly holds: (event: Address) => boolean
  /** The earliest way to an event that the cone holds; at most one message for each machine but one. */
  readonly path: (to: Point) => ReadonlyArray<Hop>
  /** By machine, the version of its first clock event in the cone. */
  readonly firsts: () => ReadonlyMap<number, number>
}

interface Entry {
  readonly first: Point
  /** What reached the machine; the origin's own was reached by nothing. */
  readonly send: Point | undefined
}

export const make = (origin: Point): FutureCone => {
  const entries = new Map<number, Entry>([[origin.machine, { first: pointOf(origin), send: undefined }]])

  const holds = ({ machine, version }: Address): boolean => {
    const entry = entries.get(machine)
    return entry !== undefined && version >= entry.first.version
  }

  const path = (to: Point): ReadonlyArray<Hop> => {
    const hops: Array<Hop> = []
    let at = pointOf(to)
    while (true) {
      const { first, send } = entries.get(at.machine)!
      if (!same(first, at)) hops.push({ by: "steps", from: first, to: at })
      if (send === undefined) return hops.reverse()
      hops.push({ by: "message", from: send, to: first })
      at = send
    }
  }

  return {
    step: (event) => {
      if (event.kind !== "received" || entries.has(event.machine)) return
      const { sender, sendVersion, senderLamport } = event.payload
      if (sendVersion === null) return
      const send = { machine: sender, version: sendVersion, lamport: senderLamport }
      if (holds(send)) entries.set(event.machine, { first: pointOf(event), send })
    },
    holds,
    path,
    firsts: () => new Map([...entries].map(([machine, { first }]) => [machine, first.version])),
  }
}
