/** A log stamped by one clock, and the graph of its events to hold the stamps against. */
import type { ClockEvent, Logged } from "../../../src/domain/ClockEvent.ts"
import { Bytes } from "../../../src/domain/clocks/Bytes.ts"
import type { Clock, Moment, Order } from "../../../src/domain/clocks/Clock.ts"
import * as Execution from "../../../src/domain/clocks/Execution.ts"
import * as PhysicalClocks from "../../../src/domain/clocks/PhysicalClocks.ts"
import { type CausalGraph, causalGraph } from "../CausalGraph.ts"

export interface Entry<Stamp> {
  readonly address: string
  readonly event: Logged<ClockEvent>
  readonly at: Moment
  readonly stamp: Stamp
}

export interface StampedLog<Stamp> {
  readonly entries: ReadonlyArray<Entry<Stamp>>
  readonly graph: CausalGraph
}

export const machinesOf = (log: ReadonlyArray<Logged>): number =>
  log.reduce((most, { machine }) => Math.max(most, machine), 1)

export const stamped = <Stamp>(
  clock: Clock<Stamp>,
  log: ReadonlyArray<Logged>,
  { seed = 1, skewUs = 0 } = {},
): StampedLog<Stamp> => {
  const machines = machinesOf(log)
  const execution = Execution.make(machines, PhysicalClocks.make(seed, skewUs))
  const stamping = new Execution.Stamping(clock, machines)
  const entries = log.flatMap((logged): ReadonlyArray<Entry<Stamp>> => {
    const step = execution.step(logged)
    if (step === undefined) return []
    const event = step.event as Logged<ClockEvent>
    return [{ address: `${event.machine}/${event.version}`, event, at: step.at, stamp: stamping.step(step) }]
  })
  return { entries, graph: causalGraph(log) }
}

/** What happened, of two different events. */
export const truth = ({ happenedBefore }: CausalGraph, a: string, b: string): Order =>
  happenedBefore(a, b) ? "before" : happenedBefore(b, a) ? "after" : "concurrent"

/** Every pair of different events, each both ways, with what happened and what the clock says. */
export function* pairs<Stamp>(clock: Clock<Stamp>, { entries, graph }: StampedLog<Stamp>) {
  for (const a of entries)
    for (const b of entries)
      if (a !== b)
        yield { a, b, happened: truth(graph, a.address, b.address), told: clock.compare(a.stamp, b.stamp) }
}

export const encoded = <Stamp>(clock: Clock<Stamp>, stamp: Stamp): string => {
  const bytes = new Bytes()
  clock.encode(stamp, bytes)
  return Buffer.from(bytes.written()).toString("hex")
}
