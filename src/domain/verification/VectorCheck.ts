/**
 * The clock condition once more, on all pairs of events rather than on neighbours: by vector clocks, which know
 * for each event how many of a machine's events happened before it, and the largest clock among these. That
 * largest clock must be below the event's own; nothing is taken from the local form but who received what.
 *
 * Every machine's part of the past costs two numbers for each machine and each message in flight, and a look at
 * every event. So of many machines a sample is observed: of its events every one is compared with all that they
 * happened before, on whatever machine.
 */
import { address } from "../ClockEvent.ts"
import * as Limits from "../Limits.ts"
import { VectorClocks } from "../VectorClock.ts"
import type { Account } from "./Check.ts"

/** What is asked of an event. */
export interface Clocked {
  readonly machine: number
  readonly version: number
  readonly lamport: number
}

export interface VectorCheck {
  /** A clock event, after `receive` if it is a receipt. */
  readonly step: (event: Clocked) => void
  /** A send to so many machines, after `step`; the row that its messages bear. */
  readonly send: (machine: number, messages: number) => number
  readonly receive: (machine: number, row: number) => void
  readonly release: (row: number) => void
  readonly how: () => string
}

/** Machines 1..n, or so many of them at equal distances. */
export const observedOf = (machines: number): ReadonlyArray<number> => {
  const count = Math.min(machines, Limits.maxObservedMachines)
  return Array.from({ length: count }, (_, i) => 1 + Math.floor((i * machines) / count))
}

const grouped = (count: number): string => count.toLocaleString("en")

/** How it was checked, in words; `pairs` are those of an event and one in its past. */
export const how = (machines: number, pairs: number): string => {
  const width = observedOf(machines).length
  const over =
    width === machines
      ? `over ${width === 1 ? "its one machine" : `all of ${width} machines`}`
      : `over a sample of ${width} of ${grouped(machines)} machines`
  return `on neighbours, and by vector clocks ${over}: ${grouped(pairs)} pairs`
}

export const make = (check: Account<"vector-clocks">, machines: number): VectorCheck => {
  const observed = observedOf(machines)
  const width = observed.length
  const entryOf = new Map(observed.map((machine, entry) => [machine, entry]))
  /** Entries 0..width - 1 count events, the rest are the largest clocks among these. */
  const clocks = new VectorClocks(machines, 2 * width)
  let pairs = 0

  const fail = (event: Clocked, entry: number): void => {
    const machine = observed[entry]!
    check.fail(
      "vector-clocks",
      [address(event)],
      `What happened before must have a smaller clock: among the first ${clocks.at(event.machine, entry)} clock events of machine ${machine}, all before this one, is the clock ${clocks.at(event.machine, width + entry)}; found ${event.lamport}`,
    )
  }

  return {
    step: (event) => {
      const { machine, lamport } = event
      for (let entry = 0; entry < width; entry++) {
        const before = clocks.at(machine, entry)
        if (before === 0) continue
        pairs += before
        check.counted["vector-clocks"]++
        if (clocks.at(machine, width + entry) >= lamport) fail(event, entry)
      }
      const own = entryOf.get(machine)
      if (own === undefined) return
      clocks.raise(machine, own, clocks.at(machine, own) + 1)
      clocks.raise(machine, width + own, lamport)
    },
    send: (machine, messages) => clocks.send(machine, messages),
    receive: (machine, row) => clocks.receive(machine, row),
    release: (row) => clocks.release(row),
    how: () => how(machines, pairs),
  }
}
