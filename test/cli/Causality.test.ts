/** `why`, `relate` and `lesson` as their users have them, held against a walk of the graph. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { address, type ClockEvent, type LabEvent, type Logged } from "../../src/domain/ClockEvent.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { simulate } from "../domain/Simulator.ts"
import { openDatabase } from "../persistence/OpenDatabase.ts"
import {
  complaints,
  eachAtOnce,
  type Finished,
  manyProcessesMs,
  type Scratch,
  scratchDatabase,
} from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const seconds = (s: number) => s * 1_000_000
const runs: Readonly<Record<string, ReadonlyArray<Logged>>> = {
  abcabcabcabc: simulate({
    config: { rates: [30, 10, 4], seed: 5, durationUs: seconds(15) },
    interruptions: [{ machine: 2, atUs: seconds(6), downUs: seconds(2), crash: false }],
  }),
  aloneinspace: simulate({ config: { machines: 1, rates: [20], durationUs: seconds(2) } }),
  outoforderno: simulate({ config: { machines: 1, rates: [20], durationUs: seconds(1) } }),
  tamperedwith: simulate({ config: { rates: [30, 10, 4], seed: 6, durationUs: seconds(3) } }),
}
const run = "abcabcabcabc"
const graph = causalGraph(runs[run]!)
let store: Scratch

/** An object of a document whose shape is what the test is about. */
type Json = Record<string, unknown> & { readonly event: string; readonly lamport: number }

const done = (finished: Finished): string => {
  expect(finished.code, finished.stderr).toBe(0)
  expect(complaints(finished)).toEqual([])
  return finished.stdout
}

const ask = async (...args: ReadonlyArray<string>) => done(await store.run(args))
const askJson = async (...args: ReadonlyArray<string>) => JSON.parse(await ask(...args, "--json"))

const named = (event: Logged<ClockEvent>) => ({
  event: address(event),
  kind: event.kind,
  lamport: event.lamport,
  position: event.position,
  occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
})

const relationOf = (a: string, b: string): string => {
  if (graph.happenedBefore(a, b)) return "before"
  return graph.happenedBefore(b, a) ? "after" : "concurrent"
}

const find = (found: (a: Logged<ClockEvent>, b: Logged<ClockEvent>) => boolean) => {
  for (const a of graph.events)
    for (const b of graph.events) if (a !== b && found(a, b)) return [a, b] as const
  throw new Error("the run has no such pair")
}

beforeAll(async () => {
  store = await scratchDatabase()
  expect((await store.run(["migrate"])).code).toBe(0)
  const { db, close } = await openDatabase(store.url)
  const log = EventLogPostgres.make(db)
  for (const [name, logged] of Object.entries(runs)) {
    const events = logged.map(({ position: _, ...event }) => event as LabEvent)
    const ownership = await Effect.runPromise(log.create(name, "writer"))
    await Effect.runPromise(log.append(ownership, 0, "all", events))
    await Effect.runPromise(log.release(ownership))
  }
  await close()
  await store.sql(
    `update lightcone.log set lamport = lamport + 5 where machine = 2 and version = 7
       and run_key = (select run_key from lightcone.run_heads where run_id = 'tamperedwith')`,
  )
  await store.sql(
    `update lightcone.log set lamport = lamport + 10 where version = 5 and machine = 1
       and run_key = (select run_key from lightcone.run_heads where run_id = 'outoforderno')`,
  )
})
afterAll(() => store.drop())

describe("relate", () => {
  it("answers as a walk of the graph does, with a path that the log holds", async () => {
    const { events } = graph
    const at = (share: number) => events[Math.floor(share * (events.length - 1))]!
    const pairs = [
      [at(0.1), at(0.9)],
      [at(0.95), at(0.05)],
      find((a, b) => a.machine === b.machine && b.version > a.version + 5),
      find((a, b) => relationOf(address(a), address(b)) === "concurrent" && a.lamport > b.lamport + 2),
    ] as const
    const answers = await eachAtOnce(pairs, ([a, b]) => askJson("relate", run, address(a), address(b)))
    for (const [i, [a, b]] of pairs.entries()) {
      const relation = relationOf(address(a), address(b))
      expect(answers[i]).toEqual({
        ...{ run, relation, a: named(a), b: named(b), examined: null },
        path: relation === "concurrent" ? null : expect.any(Array),
        counterexample: relation === "concurrent" && a.lamport !== b.lamport,
      })
      if (relation === "concurrent") continue
      const hops: ReadonlyArray<{ by: string; from: Json; to: Json }> = answers[i].path
      const [early, late] = relation === "before" ? [a, b] : [b, a]
      expect([hops[0]!.from.event, hops.at(-1)!.to.event]).toEqual([address(early), address(late)])
      for (const [n, { by, from, to }] of hops.entries()) {
        if (n > 0) expect(from.event).toBe(hops[n - 1]!.to.event)
        if (by === "message") expect(graph.isEdge(from.event, to.event)).toBe(true)
        else expect([by, graph.happenedBefore(from.event, to.event)]).toEqual(["steps", true])
      }
    }
    expect(new Set(answers.map(({ relation }) => relation))).toEqual(
      new Set(["before", "after", "concurrent"]),
    )
  })

  it("says it in words: the path, or that they are concurrent though the clocks differ", async () => {
    const [a, b] = find(
      (a, b) => relationOf(address(a), address(b)) === "concurrent" && a.lamport > b.lamport,
    )
    expect(await ask("relate", run, address(a), address(b))).toMatch(
      `${address(b)} and ${address(a)} are concurrent, though L = ${b.lamport} < L = ${a.lamport}\n`,
    )
    const [send, receipt] = find((a, b) => a.machine !== b.machine && graph.isEdge(address(a), address(b)))
    const clocks = [send, receipt].map((event) => `${address(event)} (L = ${event.lamport})`)
    const words = await ask("relate", run, address(receipt), address(send))
    expect(words).toMatch(
      `${clocks[0]} happened before ${clocks[1]}: ${address(receipt)} comes after ${address(send)}\n`,
    )
    expect(words).toMatch(`  message    ${clocks[0]} to ${clocks[1]}\n`)
    expect(words).toMatch(new RegExp(`^next: lightcone why ${run} `, "m"))
  })

  it("without events names the smallest counterexample, and a run without one says so", async () => {
    const answer = await askJson("relate", run)
    expect(answer).toMatchObject({ run, relation: "concurrent", path: null, counterexample: true })
    expect(relationOf(answer.a.event, answer.b.event)).toBe("concurrent")
    expect(answer.a.lamport).toBeLessThan(answer.b.lamport)
    const words = await ask("relate", run)
    expect(words).toMatch(/^the smallest counterexample to "a smaller clock happened before":\n/)
    expect(words).toMatch(
      `${answer.a.event} and ${answer.b.event} are concurrent, though L = ${answer.a.lamport} < L = ${answer.b.lamport}`,
    )
    const none = { relation: null, a: null, b: null, path: null, counterexample: false, examined: 40 }
    expect(await askJson("relate", "aloneinspace")).toEqual({ run: "aloneinspace", ...none })
    expect(await ask("relate", "aloneinspace")).toMatch(/has no counterexample .* of its 40 clock events/)
  })
})

it("relate tells a record that contradicts itself rather than a counterexample that is none", async () => {
  const told = await store.run(["relate", "outoforderno"])
  expect([told.code, told.stdout]).toEqual([3, ""])
  expect(complaints(told)).toHaveLength(1)
  expect(complaints(told)[0]).toMatch(
    /record of run outoforderno contradicts itself: 1\/7 \(L = 6\) stands after 1\/5 /,
  )
})

describe("why", () => {
  it("names the step or the message, and goes back along causes to L = 1", async () => {
    const previous = (event: Logged<ClockEvent>) =>
      graph.events.findLast(({ machine, version }) => machine === event.machine && version < event.version)
    const late = graph.events.slice(-60)
    const ofKind = (by: string) =>
      late.findLast((event) => {
        const own = previous(event)!.lamport
        if (event.kind !== "received") return by === "own"
        return by === (event.payload.senderLamport > own ? "message" : "ahead")
      })!
    const kinds = ["own", "message", "ahead"]
    const answers = await eachAtOnce(kinds, (by) => askJson("why", run, address(ofKind(by))))
    for (const [i, by] of kinds.entries()) {
      const event = ofKind(by)
      const own = previous(event)!.lamport
      const answer = answers[i]
      expect(answer).toMatchObject({ run, event: named(event), complete: true })
      const message =
        event.kind === "received"
          ? {
              event: `${event.payload.sender}/${event.payload.sendVersion}`,
              lamport: event.payload.senderLamport,
            }
          : null
      const setBy = by === "message" ? "message" : message?.lamport === own ? "both" : "step"
      expect(answer.setBy).toEqual({ by: setBy, own, message })
      if (by === "message")
        expect(answer.lastJump).toEqual({
          event: address(event),
          from: own,
          to: event.lamport,
          because: message,
        })
      let at = address(event)
      let lamport = event.lamport
      for (const { first, last, jump } of answer.chain) {
        expect([last.event, last.lamport]).toEqual([at, lamport])
        expect(first.event.split("/")[0]).toBe(last.event.split("/")[0])
        lamport = first.lamport - 1
        if (jump === null) break
        expect(graph.isEdge(jump.because.event, first.event)).toBe(true)
        at = jump.because.event
      }
      expect(lamport).toBe(0)
      if (by === "ahead") continue
      const words = await ask("why", run, address(event))
      expect(words).toMatch(`${address(event)} (L = ${event.lamport})`)
      if (by === "own") expect(words).toMatch(`its own step: L = ${own} + 1\n`)
      if (by === "message")
        expect(words).toMatch(
          `the message ${message!.event} (L = ${message!.lamport}) set it: max(${own}, ${message!.lamport}) + 1 = ${event.lamport}\n`,
        )
    }
  })

  it("does not explain a clock that breaks the rule, and says what is wrong", async () => {
    const told = await store.run(["why", "tamperedwith", "2/7"])
    expect([told.code, told.stdout]).toEqual([3, ""])
    expect(complaints(told)).toHaveLength(1)
    expect(complaints(told)[0]).toMatch(
      /^lightcone: Cannot explain 2\/7: the record of run tamperedwith contradicts itself: the clock of 2\/7 must be \d+, found \d+; lightcone verify tamperedwith/,
    )
  })
})

it("what is no clock event of the run is refused, with what must hold and what was found", async () => {
  const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, ...told: ReadonlyArray<string>]> = [
    [["why", run, "1/1"], "explain 1/1", "must be a clock event", "found started"],
    [["why", run, "1/99999"], "must be an event of run", "found no 1/99999"],
    [["why", run, "1-41"], "machine/version", 'found "1-41"'],
    [["why", "zzz", "1/4"], "Cannot find", "zzz"],
    [["relate", run, "1/3"], "two, or none", "found 1"],
    [["relate", run, "1/3", "1/3"], "two different ones", "found 1/3 twice"],
    [["relate", run, "1/3", "3/1"], "must be a clock event", "found started"],
    [["lesson", "nope"], "must be one of causality", 'found "nope"'],
  ]
  await eachAtOnce(cases, async ([args, ...told]) => {
    const finished = await store.run(args)
    expect([args, finished.code, finished.stdout]).toEqual([args, 2, ""])
    expect(complaints(finished)).toHaveLength(1)
    for (const words of told) expect(complaints(finished)[0]).toContain(words)
  })
})

describe("lesson causality", () => {
  /** The clock events of a run as `events` gives them, as a graph. */
  const graphOf = async (of: string) =>
    causalGraph(
      (await ask("events", of, "--json"))
        .trimEnd()
        .split("\n")
        .map((text) => JSON.parse(text)),
    )

  it("names a counterexample that the graph confirms, and is the one that relate finds", async () => {
    const answer = JSON.parse(done(await store.run(["lesson", "causality", "--json", "-q"])))
    const { events, happenedBefore } = await graphOf(answer.run)
    expect(answer.events.map(({ event }: Json) => event)).toEqual(events.map(address))
    expect(events.filter(({ kind }) => kind === "received").length).toBeGreaterThanOrEqual(2)
    const { a, b } = answer.counterexample
    expect([happenedBefore(a.event, b.event), happenedBefore(b.event, a.event)]).toEqual([false, false])
    expect(a.lamport).toBeLessThan(b.lamport)
    const entry = (event: string, machine: number) =>
      events.filter((other) => {
        const isPast = address(other) === event || happenedBefore(address(other), event)
        return isPast && other.machine === machine
      }).length
    for (const { event, vectorClock } of [a, b])
      expect(vectorClock).toEqual([1, 2, 3].map((machine) => entry(event, machine)))
    const pairs = events.flatMap((early, i) => events.slice(i + 1).map((late) => [early, late] as const))
    const ordered = pairs.filter(([early, late]) => happenedBefore(address(early), address(late)))
    const concurrent = pairs.filter((pair) => !ordered.includes(pair))
    expect(answer.pairs).toEqual({
      ordered: ordered.length,
      concurrent: concurrent.length,
      counterexamples: concurrent.filter(([early, late]) => early.lamport !== late.lamport).length,
    })
    expect(await askJson("relate", answer.run)).toMatchObject({
      ...{ relation: "concurrent", counterexample: true },
      ...{ a: { event: a.event }, b: { event: b.event } },
    })
  })

  it("draws the run, a column a machine, and marks both events", async () => {
    const words = done(await store.run(["lesson", "causality", "-q"]))
    expect(words).toMatch(/^ +seconds +machine 1 +machine 2 +machine 3$/m)
    const [, a, lowClock] = /^ +\d+\.\d{3} .*\bA (\d\/\d+) L=(\d+)/m.exec(words)!
    const [, b, highClock] = /^ +\d+\.\d{3} .*\bB (\d\/\d+) L=(\d+)/m.exec(words)!
    expect(Number(lowClock)).toBeLessThan(Number(highClock))
    expect(words).toContain(`They are concurrent, though L = ${lowClock} < L = ${highClock}.`)
    const [, latest] = /^run ([a-z0-9]{12}): /.exec(words)!
    expect(words).toContain(`next: lightcone relate ${latest} ${a} ${b}\n`)
    const { happenedBefore } = await graphOf(latest!)
    expect([happenedBefore(a!, b!), happenedBefore(b!, a!)]).toEqual([false, false])
    expect(done(await store.run(["verify", latest!, "-q"]))).toMatch("verified: ")
  })
})
