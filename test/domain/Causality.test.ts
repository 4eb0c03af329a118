import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Causality from "../../src/domain/Causality.ts"
import { address, type ClockEvent, type Logged } from "../../src/domain/ClockEvent.ts"
import * as Verification from "../../src/domain/Verification.ts"
import { causalGraph } from "./CausalGraph.ts"
import { simulatedLog } from "./SimulatedLogs.ts"
import { simulate } from "./Simulator.ts"
import { turnLog } from "./TurnLogs.ts"

const logs = simulatedLog({ maxMachines: 6, maxDurationUs: 3_000_000 })
const runs = { numRuns: 150 }
const index = fc.noBias(fc.nat())
type Event = Logged<ClockEvent>

const pairsOf = (events: ReadonlyArray<Event>): ReadonlyArray<readonly [Event, Event]> =>
  events.flatMap((a) => events.filter((b) => a !== b).map((b) => [a, b] as const))

it("the simulated logs are honest ones, with messages, drops, crashes and resumes among them", () => {
  const kinds = new Map<string, number>()
  fc.assert(
    fc.property(logs, (log) => {
      for (const { kind } of log) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      const verification = Verification.make()
      for (const event of log) verification.step(event)
      expect(verification.finish().checks.flatMap(({ failures }) => failures)).toEqual([])
    }),
    runs,
  )
  for (const kind of ["internal", "sent", "received", "dropped", "stopped", "resumed", "missed"])
    expect([kind, (kinds.get(kind) ?? 0) > 0]).toEqual([kind, true])
})

describe("relate", () => {
  it("says before, after or concurrent as a walk of the graph does, for every pair", () => {
    fc.assert(
      fc.property(logs, (log) => {
        const graph = causalGraph(log)
        const wrong: Array<string> = []
        for (const early of graph.events) {
          const future = Causality.FutureCone.make(early)
          for (const event of log) if (event.position > early.position) future.step(event)
          for (const late of graph.events) {
            if (late.position <= early.position) continue
            if (future.holds(late) !== graph.happenedBefore(address(early), address(late)))
              wrong.push(`${address(early)} ${address(late)}`)
          }
        }
        for (const [a, b] of pairsOf(graph.events).slice(0, 200)) {
          const { relation } = Causality.relate(log, a, b)
          const after = graph.happenedBefore(address(b), address(a)) ? "after" : "concurrent"
          const expected = graph.happenedBefore(address(a), address(b)) ? "before" : after
          if (relation !== expected) wrong.push(`${address(a)} ${relation} ${address(b)}`)
        }
        expect(wrong).toEqual([])
      }),
      runs,
    )
  })

  it("gives a path from the earlier to the later, every hop of which the log holds, with the clocks", () => {
    let hops = 0
    fc.assert(
      fc.property(logs, index, index, (log, i, j) => {
        const graph = causalGraph(log)
        const { events } = graph
        if (events.length < 2) return
        const a = events[i % events.length]!
        const b = events[j % events.length]!
        if (a === b) return
        const { relation, path } = Causality.relate(log, a, b)
        if (path === null) return
        const [early, late] = relation === "before" ? [a, b] : [b, a]
        const known = new Map(events.map((event) => [address(event), event.lamport]))
        let at: Causality.Address.Point = early
        for (const { by, from, to } of path) {
          expect(address(from)).toBe(address(at))
          for (const point of [from, to]) expect(known.get(address(point))).toBe(point.lamport)
          if (by === "message") {
            expect(from.machine).not.toBe(to.machine)
            expect(graph.isEdge(address(from), address(to))).toBe(true)
          } else {
            expect(from.machine).toBe(to.machine)
            expect(from.version).toBeLessThan(to.version)
          }
          at = to
          hops++
        }
        expect(address(at)).toBe(address(late))
        const machines = new Set(events.map(({ machine }) => machine)).size
        expect(path.filter(({ by }) => by === "message").length).toBeLessThan(Math.max(1, machines))
      }),
      { numRuns: 400 },
    )
    expect(hops).toBeGreaterThan(60)
  })
})

it("the light cone of an event holds what a walk of the graph reaches, and nothing else", () => {
  fc.assert(
    fc.property(logs, index, (log, i) => {
      const graph = causalGraph(log)
      if (graph.events.length === 0) return
      const event = graph.events[i % graph.events.length]!
      const { past, future } = Causality.cone(log, event)
      for (const other of graph.events) {
        if (other === event) continue
        const inPast = other.version <= (past.get(other.machine) ?? 0)
        const inFuture = other.version >= (future.get(other.machine) ?? Number.POSITIVE_INFINITY)
        expect([address(other), inPast, inFuture]).toEqual([
          address(other),
          graph.happenedBefore(address(other), address(event)),
          graph.happenedBefore(address(event), address(other)),
        ])
      }
    }),
    { numRuns: 200 },
  )
})

it("a vector clock is below another exactly if its event happened before the other's", () => {
  fc.assert(
    fc.property(logs, index, (log, i) => {
      const graph = causalGraph(log)
      if (graph.events.length === 0) return
      const vector = (event: Event) => Causality.vectorClock(log, event, 6)
      const event = graph.events[i % graph.events.length]!
      const ours = vector(event)
      for (const other of graph.events) {
        const theirs = vector(other)
        const isBelow = ours.every((entry, m) => entry <= theirs[m]!) && other !== event
        expect([address(event), address(other), isBelow]).toEqual([
          address(event),
          address(other),
          graph.happenedBefore(address(event), address(other)),
        ])
      }
      const past = graph.events.filter((other) => graph.happenedBefore(address(other), address(event)))
      expect(ours.reduce((sum, entry) => sum + entry, 0)).toBe(past.length + 1)
    }),
    { numRuns: 60 },
  )
})

describe("the smallest counterexample", () => {
  /** By the definition: the later event earliest in the log, then the other earliest. */
  const byBruteForce = (log: ReadonlyArray<Logged>): readonly [string, string] | undefined => {
    const graph = causalGraph(log)
    for (const [i, later] of graph.events.entries())
      for (const other of graph.events.slice(0, i)) {
        const isOrdered = graph.happenedBefore(address(other), address(later))
        if (isOrdered || other.lamport === later.lamport) continue
        const pair = other.lamport < later.lamport ? [other, later] : [later, other]
        return [address(pair[0]!), address(pair[1]!)]
      }
    return undefined
  }

  const found = (log: ReadonlyArray<Logged>) => Causality.counterexample(log)?.map(address)

  it("is what trying all pairs finds first, and is none where there is none", () => {
    let none = 0
    fc.assert(
      fc.property(logs, (log) => {
        const expected = byBruteForce(log)
        if (expected === undefined) none++
        expect(found(log)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
    expect(none).toBeGreaterThan(0)
  })

  it("is found as well where machines speak in turn for long before any two are concurrent", () => {
    let latest = 0
    fc.assert(
      fc.property(turnLog, (log) => {
        const expected = byBruteForce(log)
        expect(found(log)).toEqual(expected)
        if (expected !== undefined)
          latest = Math.max(latest, log.find((event) => address(event) === expected[1])!.position)
      }),
      { numRuns: 1_000 },
    )
    expect(latest).toBeGreaterThan(12)
  })

  it("is none in a run of one machine, however long", () => {
    const log = simulate({ config: { machines: 1, rates: [50], durationUs: 20_000_000 } })
    expect(Causality.counterexample(log)).toBeUndefined()
  })
})
