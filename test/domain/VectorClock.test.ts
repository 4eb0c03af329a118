import fc from "fast-check"
import { expect, it } from "vitest"
import { address, isClockEvent, type Logged } from "../../src/domain/ClockEvent.ts"
import { VectorClocks } from "../../src/domain/VectorClock.ts"
import { causalGraph } from "./CausalGraph.ts"
import { simulatedLog } from "./SimulatedLogs.ts"

/** The vector of every clock event, by its address. */
const vectorsOf = (
  log: ReadonlyArray<Logged>,
  machines: number,
): ReadonlyMap<string, ReadonlyArray<number>> => {
  const clocks = new VectorClocks(machines, machines)
  const rows = new Map<string, number>()
  const vectors = new Map<string, ReadonlyArray<number>>()
  for (const event of log) {
    if (event.kind === "received" || event.kind === "dropped") {
      const row = rows.get(`${event.payload.sender}/${event.payload.sendVersion}`)!
      if (event.kind === "received") clocks.receive(event.machine, row)
      clocks.release(row)
    }
    if (!isClockEvent(event)) continue
    clocks.raise(event.machine, event.machine - 1, clocks.at(event.machine, event.machine - 1) + 1)
    vectors.set(
      address(event),
      Array.from({ length: machines }, (_, entry) => clocks.at(event.machine, entry)),
    )
    if (event.kind === "sent")
      rows.set(address(event), clocks.send(event.machine, event.payload.recipients.length))
  }
  return vectors
}

it("one event happened before another exactly if the other's vector counts it", () => {
  const machines = 6
  fc.assert(
    fc.property(simulatedLog({ maxMachines: machines, maxDurationUs: 3_000_000 }), (log) => {
      const graph = causalGraph(log)
      const vectors = vectorsOf(log, machines)
      for (const a of graph.events)
        for (const b of graph.events) {
          if (a === b) continue
          const counted = vectors.get(address(a))![a.machine - 1]!
          const byVector = vectors.get(address(b))![a.machine - 1]! >= counted
          expect([address(a), address(b), byVector]).toEqual([
            address(a),
            address(b),
            graph.happenedBefore(address(a), address(b)),
          ])
        }
    }),
    { numRuns: 60 },
  )
})

it("a row is given again only when every message of its send is in flight no longer", () => {
  const clocks = new VectorClocks(2, 1)
  clocks.raise(1, 0, 7)
  const both = clocks.send(1, 2)
  clocks.release(both)
  clocks.raise(1, 0, 8)
  const other = clocks.send(1, 1)
  expect(other).not.toBe(both)
  clocks.receive(2, both)
  expect(clocks.at(2, 0)).toBe(7)
  clocks.release(both)
  expect(clocks.send(1, 1)).toBe(both)
  clocks.receive(2, other)
  expect(clocks.at(2, 0)).toBe(8)
})

it("as many sends may be in flight as there are", () => {
  const clocks = new VectorClocks(1, 2)
  const rows = Array.from({ length: 1_000 }, (_, i) => {
    clocks.raise(1, 0, i + 1)
    return clocks.send(1, 1)
  })
  expect(new Set(rows).size).toBe(1_000)
  const other = new VectorClocks(1, 2)
  other.raise(1, 1, 3)
  clocks.receive(1, rows[0]!)
  expect([clocks.at(1, 0), clocks.at(1, 1), other.at(1, 1)]).toEqual([1_000, 0, 3])
})
