import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { MachineEvent } from "../../src/domain/ClockEvent.ts"
import { isClockEvent } from "../../src/domain/ClockEvent.ts"
import * as Machine from "../../src/domain/Machine.ts"
import { simulate } from "./Simulator.ts"

const identity = { seed: 7, machine: 2, sides: 10, peerA: 1, peerB: 3 }

const given = (...events: ReadonlyArray<MachineEvent>) => {
  const state = events.reduce(Machine.evolve, Machine.initial(identity))
  return {
    when: (input: Machine.Input) => ({
      makes: (event: Partial<MachineEvent>) => expect(Machine.decide(state, input)).toEqual(event),
    }),
  }
}

/** A machine whose next roll is the one asked for. */
const about = (roll: number, peers: Partial<Machine.Identity> = {}): Machine.MachineState => {
  for (let seed = 0; ; seed++) {
    const state = Machine.initial({ ...identity, ...peers, seed })
    if (Machine.nextRoll(state) === roll) return state
  }
}

const started: MachineEvent = {
  machine: 2,
  version: 1,
  occurredAtUs: 10,
  lamport: 0,
  queueLength: 0,
  kind: "started",
  payload: { rate: 3, phaseUs: 5, peers: [1, 3] },
}
const message = { sender: 3, sendVersion: 9, senderLamport: 40, sentAtUs: 20, arrivedAtUs: 25 }
const received: MachineEvent = {
  machine: 2,
  version: 2,
  occurredAtUs: 30,
  lamport: 41,
  queueLength: 1,
  kind: "received",
  payload: message,
}

describe("a machine", () => {
  it("starts with clock 0 and says its rate, phase and peers", () => {
    given().when({ input: "start", atUs: 10, queueLength: 0, rate: 3, phaseUs: 5 }).makes(started)
  })

  it("takes a message beyond the clock that it carries", () => {
    given(started).when({ input: "tick", atUs: 30, queueLength: 1, taken: message }).makes(received)
  })

  it("takes an old message one beyond its own clock", () => {
    given(started, received)
      .when({ input: "tick", atUs: 40, queueLength: 0, taken: { ...message, senderLamport: 4 } })
      .makes({
        ...received,
        version: 3,
        occurredAtUs: 40,
        lamport: 42,
        queueLength: 0,
        payload: { ...message, senderLamport: 4 },
      })
  })

  it.each([
    [1, [1]],
    [2, [3]],
    [3, [1, 3]],
  ])("sends on a roll of %i to %j in one event that carries the new clock", (roll, recipients) => {
    expect(Machine.decide(about(roll), { input: "tick", atUs: 1, queueLength: 0, taken: undefined })).toEqual(
      {
        machine: 2,
        version: 1,
        occurredAtUs: 1,
        lamport: 1,
        queueLength: 0,
        kind: "sent",
        payload: { recipients },
      },
    )
  })

  it("has an internal event on any other roll", () => {
    for (let roll = 4; roll <= 10; roll++) expect(Machine.recipientsOf(about(roll), roll)).toEqual([])
    expect(Machine.decide(about(4), { input: "tick", atUs: 1, queueLength: 0, taken: undefined }).kind).toBe(
      "internal",
    )
  })

  it("sends once on a roll of 3 where both peers are one machine, and never where there is none", () => {
    expect([1, 2, 3].map((roll) => Machine.recipientsOf(about(roll, { peerA: 1, peerB: 1 }), roll))).toEqual([
      [1],
      [1],
      [1],
    ])
    expect([1, 2, 3].map((roll) => Machine.recipientsOf(about(roll, { peerA: 0, peerB: 0 }), roll))).toEqual([
      [],
      [],
      [],
    ])
  })

  it.each<readonly [string, Machine.Input, Pick<MachineEvent, "kind" | "payload">]>([
    [
      "a drop",
      { input: "drop", atUs: 50, queueLength: 1, dropped: { ...message, reason: "drop-newest" } },
      { kind: "dropped", payload: { ...message, reason: "drop-newest" } },
    ],
    [
      "missed ticks",
      { input: "miss", atUs: 50, queueLength: 1, first: 4, count: 2, reason: "overdue" },
      { kind: "missed", payload: { first: 4, count: 2, reason: "overdue" } },
    ],
    [
      "a stop",
      { input: "stop", atUs: 50, queueLength: 1, reason: "interrupted", inbox: [message] },
      { kind: "stopped", payload: { reason: "interrupted", inbox: [message] } },
    ],
    [
      "a resumption",
      { input: "resume", atUs: 50, queueLength: 1, downUs: 7 },
      { kind: "resumed", payload: { downUs: 7 } },
    ],
  ])("keeps its clock through %s", (_, input, event) => {
    given(started, received)
      .when(input)
      .makes({
        machine: 2,
        version: 3,
        occurredAtUs: 50,
        lamport: 41,
        queueLength: 1,
        ...event,
      } as MachineEvent)
  })

  it("rolls once for each internal or sent event, and for no other", () => {
    const before = Machine.initial(identity)
    const after = [started, received].reduce(Machine.evolve, before)
    expect(Machine.nextRoll(after)).toBe(Machine.nextRoll(before))
    const rolled = Machine.evolve(
      after,
      Machine.decide(after, { input: "tick", atUs: 60, queueLength: 0, taken: undefined }),
    )
    expect(rolled.rngCounter).toBe(after.rngCounter + 1)
  })
})

describe("Lamport's clock condition", () => {
  it("holds between all events of random executions, not only neighbours", () => {
    const config = fc.record({
      seed: fc.nat(),
      machines: fc.integer({ min: 2, max: 5 }),
      sides: fc.integer({ min: 3, max: 8 }),
      durationUs: fc.constant(4_000_000),
    })
    fc.assert(
      fc.property(config, (config) => {
        const events = simulate({ config }).flatMap((event) => (isClockEvent(event) ? [event] : []))
        // Vector clocks, counted here afresh, decide happened-before.
        const last = new Map<number, ReadonlyArray<number>>()
        const sent = new Map<string, ReadonlyArray<number>>()
        const stamped = events.map((event) => {
          const own = last.get(event.machine) ?? Array.from({ length: config.machines + 1 }, () => 0)
          const carried =
            event.kind === "received"
              ? sent.get(`${event.payload.sender}/${event.payload.sendVersion}`)!
              : own
          const vector = own.map((count, i) => Math.max(count, carried[i]!) + (i === event.machine ? 1 : 0))
          last.set(event.machine, vector)
          sent.set(`${event.machine}/${event.version}`, vector)
          return { event, vector }
        })
        for (const a of stamped)
          for (const b of stamped)
            if (a !== b && a.vector.every((count, i) => count <= b.vector[i]!))
              expect(a.event.lamport).toBeLessThan(b.event.lamport)
      }),
      { numRuns: 15 },
    )
  })
})
