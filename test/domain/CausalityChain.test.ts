import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Causality from "../../src/domain/Causality.ts"
import { address, type Logged, type MachineEvent } from "../../src/domain/ClockEvent.ts"
import type { Chain } from "../../src/domain/causality/Chain.ts"
import { causalGraph } from "./CausalGraph.ts"
import { simulatedLog } from "./SimulatedLogs.ts"
import { turnLog } from "./TurnLogs.ts"

const logs = fc.oneof(simulatedLog({ maxMachines: 5, maxDurationUs: 4_000_000 }), turnLog)

const walked = (log: ReadonlyArray<Logged>, from: Causality.Address.Address, maxLegs: number) => {
  const byAddress = new Map(log.map((event) => [address(event), event]))
  const walk = Causality.Chain.walk(from, maxLegs)
  for (let next = walk.wanted(); next !== undefined; next = walk.wanted()) {
    const event = byAddress.get(address(next))
    if (event === undefined) throw new Error(`the chain wants ${address(next)}, which the log does not hold`)
    walk.step(event as Logged<MachineEvent>)
  }
  return walk
}

/** Every event of the chain, the latest first. */
const eventsOf = (log: ReadonlyArray<Logged>, { legs }: Chain) =>
  legs.flatMap(({ first, last }) =>
    causalGraph(log)
      .events.filter(
        ({ machine, version }) =>
          machine === first.machine && version >= first.version && version <= last.version,
      )
      .reverse(),
  )

/** The longest chain that ends in each event, by the graph alone. */
const heights = (log: ReadonlyArray<Logged>): ReadonlyMap<string, number> => {
  const { events, isEdge } = causalGraph(log)
  const known = new Map<string, number>()
  for (const event of events) {
    const before = [...known].filter(([other]) => isEdge(other, address(event))).map(([, height]) => height)
    known.set(address(event), 1 + Math.max(0, ...before))
  }
  return known
}

describe("what set a clock", () => {
  it("goes back along direct causes, each one lower, to L = 1: as long a chain as ends there", () => {
    let jumps = 0
    fc.assert(
      fc.property(logs, fc.nat(), (log, i) => {
        const graph = causalGraph(log)
        if (graph.events.length === 0) return
        const event = graph.events[i % graph.events.length]!
        const chain = walked(log, event, 1_000).finish()
        expect(chain.complete).toBe(true)
        const events = eventsOf(log, chain)
        expect(address(events[0]!)).toBe(address(event))
        expect(events.map(({ lamport }) => lamport)).toEqual(events.map((_, n) => event.lamport - n))
        for (let n = 1; n < events.length; n++)
          expect(graph.isEdge(address(events[n]!), address(events[n - 1]!))).toBe(true)
        expect(events.length).toBe(heights(log).get(address(event)))
        jumps += chain.legs.length - 1
      }),
      { numRuns: 150 },
    )
    expect(jumps).toBeGreaterThan(100)
  })

  it("changes machines where a message raised the clock beyond a step, and nowhere else", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, i) => {
        const { events } = causalGraph(log)
        if (events.length === 0) return
        const event = events[i % events.length]!
        const chain = walked(log, event, 1_000).finish()
        const firsts = new Set(chain.legs.map(({ first }) => address(first)))
        for (const on of eventsOf(log, chain)) {
          const own = events.findLast(
            ({ machine, version }) => machine === on.machine && version < on.version,
          )
          const isJump = on.kind === "received" && on.lamport > (own?.lamport ?? 0) + 1
          expect([address(on), firsts.has(address(on))]).toEqual([address(on), isJump || own === undefined])
        }
        for (const { first, jump } of chain.legs)
          if (jump !== undefined) expect(first.lamport).toBe(Math.max(jump.own, jump.send.lamport) + 1)
      }),
      { numRuns: 150 },
    )
  })

  it("stops after as many changes of machine as were asked for, and says so", () => {
    fc.assert(
      fc.property(logs, fc.nat(), fc.integer({ min: 1, max: 3 }), (log, i, maxLegs) => {
        const { events } = causalGraph(log)
        if (events.length === 0) return
        const event = events[i % events.length]!
        const all = walked(log, event, 1_000).finish()
        const some = walked(log, event, maxLegs).finish()
        expect(some.legs).toEqual(all.legs.slice(0, maxLegs))
        expect(some.complete).toBe(all.legs.length <= maxLegs)
        expect(some.setBy).toEqual(all.setBy)
      }),
      { numRuns: 100 },
    )
  })

  it("says what a record has wrong rather than explain it", () => {
    const event = (version: number, lamport: number, rest: object): Logged =>
      ({
        position: version,
        machine: 1,
        version,
        occurredAtUs: version,
        lamport,
        queueLength: 0,
        ...rest,
      }) as Logged
    const internal = { kind: "internal", payload: {} }
    const delivery = { sender: 2, sendVersion: 1, senderLamport: 9, sentAtUs: 0, arrivedAtUs: 0 }
    const problem = (...log: ReadonlyArray<Logged>) => walked(log, log[log.length - 1]!, 10).problem()
    expect(problem(event(1, 1, internal), event(2, 3, internal))).toBe("the clock of 1/2 must be 2, found 3")
    expect(problem(event(1, 4, internal))).toBe("the clock of 1/1 must be 1, found 4")
    expect(problem(event(1, 3, { kind: "resumed", payload: {} }), event(2, 4, internal))).toMatch(
      "the clock of 1/1 must be 0, found 3",
    )
    const sentTo = { ...event(1, 8, { kind: "sent", payload: { recipients: [1] } }), machine: 2 } as Logged
    expect(problem(sentTo, event(1, 10, { kind: "received", payload: delivery }))).toBe(
      "2/1 must be the send of a message with clock 9, found sent with clock 8",
    )
  })
})
