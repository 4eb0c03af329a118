/**
 * Happened-before as an explicit graph, walked depth first: what the quick answers are held against. It knows the
 * definition (Lamport 1978) and nothing else, and shares no code with them.
 */
import { address, type ClockEvent, isClockEvent, type Logged } from "../../src/domain/ClockEvent.ts"

export interface CausalGraph {
  /** In the order of the log. */
  readonly events: ReadonlyArray<Logged<ClockEvent>>
  readonly happenedBefore: (a: string, b: string) => boolean
  /** Whether `b` follows `a` directly, by a step of the machine or by a message. */
  readonly isEdge: (a: string, b: string) => boolean
}

export const causalGraph = (log: ReadonlyArray<Logged>): CausalGraph => {
  const events = log.filter((event): event is Logged<ClockEvent> => isClockEvent(event))
  const edges = new Map<string, Set<string>>(events.map((event) => [address(event), new Set()]))
  const lastOf = new Map<number, string>()
  for (const event of events) {
    const last = lastOf.get(event.machine)
    if (last !== undefined) edges.get(last)!.add(address(event))
    lastOf.set(event.machine, address(event))
    if (event.kind === "received")
      edges.get(`${event.payload.sender}/${event.payload.sendVersion}`)!.add(address(event))
  }

  const futures = new Map<string, ReadonlySet<string>>()
  const futureOf = (from: string): ReadonlySet<string> => {
    const known = futures.get(from)
    if (known !== undefined) return known
    const seen = new Set<string>()
    const open = [from]
    while (open.length > 0)
      for (const next of edges.get(open.pop()!)!)
        if (!seen.has(next)) {
          seen.add(next)
          open.push(next)
        }
    futures.set(from, seen)
    return seen
  }

  return {
    events,
    happenedBefore: (a, b) => futureOf(a).has(b),
    isEdge: (a, b) => edges.get(a)?.has(b) === true,
  }
}
