/** Forks of real runs go on from what they copied as from a run of their own, whatever is set otherwise. */
import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import type { LabEvent, Logged } from "../../../src/domain/ClockEvent.ts"
import * as Digest from "../../../src/domain/Digest.ts"
import * as Fork from "../../../src/domain/Fork.ts"
import * as Prefix from "../../../src/domain/Prefix.ts"
import * as Random from "../../../src/domain/Random.ts"
import type * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { simulate, startUs } from "../../domain/Simulator.ts"
import { judged } from "./Judged.ts"

const none: Fork.Wishes = { changes: {}, drops: [], faults: [] }

interface Forked {
  readonly config: RunConfig.RunConfig
  readonly prefix: Prefix.Prefix
  readonly log: ReadonlyArray<Logged>
}

const placeIn = (log: ReadonlyArray<Logged>, position: number): Fork.Place => {
  const survey = Fork.survey(startUs, position, [])
  for (const event of log) survey.step(event)
  return survey.place(position)
}

const logOf = (config: RunConfig.RunConfig, prefix: Prefix.Prefix): ReadonlyArray<Logged> => {
  const events: Array<LabEvent> = []
  for (const turn of VirtualRun.turns(config, startUs, prefix)) events.push(...turn.events)
  return events.map((event, i) => ({ ...event, position: i + 1 }) as Logged)
}

const forked = (
  parent: ReadonlyArray<Logged>,
  given: RunConfig.RunConfig,
  position: number,
  wishes = none,
): Forked => {
  const place = placeIn(parent, position)
  const reader = Prefix.reader(startUs, given, place)
  for (const event of parent) reader.step(event)
  const prefix = Either.getOrThrow(reader.finish())
  const config = Either.getOrThrow(Fork.configOf(given, place, wishes))
  return { config, prefix, log: logOf(config, prefix) }
}

const recordsOf = (log: ReadonlyArray<Logged>): string => {
  const encoder = Digest.encoder(startUs)
  for (const event of log) encoder.write(event)
  return Buffer.from(encoder.take()).toString("hex")
}

const problemOf = (log: ReadonlyArray<Logged>): string | undefined => judged([{ events: log }]).problem

const drawn = (seed: number) => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 4)
  const below = (n: number) => Random.below(draw(), n)
  const machines = 1 + below(6)
  const overflow = (["backpressure", "drop-newest", "drop-oldest"] as const)[below(3)]!
  const parent = simulate({
    config: {
      ...{ machines, seed, overflow, durationUs: 6_000_000, capacity: [2, 5, 1_024][below(3)]! },
      rates: Array.from({ length: machines }, () => [1, 3, 6, 20][below(4)]!),
      sides: [3, 5, 10][below(3)]!,
      ...(below(2) === 0 ? {} : { topology: "complete", pattern: "broadcast" }),
    },
  })
  const [first] = parent
  if (first?.kind !== "run-started") throw new Error("a simulated log begins with run-started")
  const started = parent.findLastIndex(({ kind }) => kind === "started") + 1
  const stopped = parent.findIndex(({ kind }) => kind === "stopped")
  const position = started + below(stopped - started + 1)
  const maybe = <A>(value: A, name: string) => (below(3) === 0 ? { [name]: value } : {})
  const changes = {
    ...maybe(below(1_000), "seed"),
    ...maybe(
      Array.from({ length: machines }, () => [2, 5, 40][below(3)]!),
      "rates",
    ),
    ...maybe([3, 8][below(2)]!, "sides"),
    ...maybe({ law: "exponential", meanUs: 300_000 } as const, "latency"),
    ...maybe(200_000, "lossPpm"),
    ...maybe(200_000, "duplicationPpm"),
  }
  return { parent, config: first.payload, position, wishes: below(3) === 0 ? none : { ...none, changes } }
}

describe("a fork of a real run", () => {
  const first = Math.floor(Math.random() * 1_000_000_000)

  it(`has its parent's prefix, verifies and replays, is the same when it is made again, and is forked in turn, seeds from ${first}`, () => {
    let underWay = 0
    for (let seed = first; seed < first + 60; seed++) {
      const { parent, config, position, wishes } = drawn(seed)
      const fork = forked(parent, config, position, wishes)
      const { log } = fork
      const name = `seed ${seed} at ${position} with ${JSON.stringify(wishes)}`
      expect(recordsOf(log.slice(0, position)), name).toBe(recordsOf(parent.slice(0, position)))
      expect(problemOf(log), name).toBeUndefined()
      expect(logOf(fork.config, fork.prefix), name).toEqual(log)

      const further = position + Math.floor((log.length - position) / 2)
      const place = placeIn(log, further)
      const other = Fork.configOf(fork.config, place, { ...none, changes: { seed: seed + 1 } })
      const again = logOf(Either.getOrThrow(other), fork.prefix)
      expect(again.slice(1, further), name).toEqual(log.slice(1, further))
      expect(problemOf(again), name).toBeUndefined()

      const copiedUs = placeIn(log, position).atUs
      underWay += log
        .slice(position)
        .filter(({ kind, payload }) => kind === "received" && payload.sentAtUs - startUs < copiedUs).length
    }
    expect(underWay).toBeGreaterThan(60)
  })

  it("takes what was in inboxes and on the way in the order and at the time that its parent's record has", () => {
    const parent = simulate({ config: { machines: 3, rates: [1, 6, 6], seed: 4, durationUs: 20_000_000 } })
    const config = parent[0]!.payload as RunConfig.RunConfig
    const position = Math.floor(parent.length / 2)
    const { log } = forked(parent, config, position)
    const { atUs } = placeIn(parent, position)
    const arrivals = (events: ReadonlyArray<Logged>) =>
      events.flatMap((event) =>
        event.kind === "received" && event.payload.sentAtUs - startUs <= atUs
          ? [
              `${event.payload.sender}/${event.payload.sendVersion}>${event.machine} ${event.payload.arrivedAtUs}`,
            ]
          : [],
      )
    const [ofParent, ofFork] = [arrivals(parent.slice(position)), arrivals(log.slice(position))]
    expect(ofFork.length).toBeGreaterThan(5)
    const shared = Math.min(ofParent.length, ofFork.length)
    expect(ofFork.toSorted().slice(0, shared)).toEqual(ofParent.toSorted().slice(0, shared))
  })

  it("loses a message that was on its way and is dropped, and no other", () => {
    const parent = simulate({ config: { machines: 3, rates: [1, 6, 6], seed: 4, durationUs: 20_000_000 } })
    const config = parent[0]!.payload as RunConfig.RunConfig
    const receipt = parent.find(
      ({ kind, position, machine }) => kind === "received" && machine === 1 && position > 60,
    )!
    const { sender, sendVersion } = receipt.payload as { sender: number; sendVersion: number }
    const send = parent.find(({ machine, version }) => machine === sender && version === sendVersion)!
    const { log } = forked(parent, config, send.position, {
      ...none,
      drops: [{ sender, sendVersion, recipient: 1 }],
    })
    const lost = log.flatMap((event) => (event.kind === "dropped" ? [event.payload] : []))
    expect(lost).toMatchObject([{ sender, sendVersion, reason: "loss" }])
    expect(problemOf(log)).toBeUndefined()
  })

  it("makes up for ticks that a real machine was late with", () => {
    const parent = simulate({ config: { machines: 3, rates: [20, 6, 6], seed: 4, durationUs: 9_000_000 } })
    const config = parent[0]!.payload as RunConfig.RunConfig
    const last = parent.find(
      ({ machine, kind, position }) => machine === 1 && kind === "internal" && position > 60,
    )!
    const late = { ...last, occurredAtUs: last.occurredAtUs + 120_000 } as Logged
    const { log } = forked(parent.with(last.position - 1, late), config, last.position)
    expect(problemOf(log)).toBeUndefined()
    const next = log.slice(last.position, last.position + 2)
    expect(next).toMatchObject([{ machine: 1 }, { machine: 1 }])
    expect(next.map(({ occurredAtUs }) => occurredAtUs - late.occurredAtUs)).toEqual([1, 2])
  })

  it("is refused where its machines or its network were not as their events alone say", () => {
    const parent = simulate({
      config: { machines: 3, rates: [5, 6, 6], seed: 4, durationUs: 9_000_000 },
      interruptions: [{ machine: 2, atUs: 4_000_000, downUs: 1_000_000, crash: true }],
    })
    const config = parent[0]!.payload as RunConfig.RunConfig
    const told = (position: number) => {
      const reader = Prefix.reader(startUs, config, { position, after: 0, atUs: 0 })
      for (const event of parent) reader.step(event)
      return Either.match(reader.finish(), { onLeft: (problem) => problem, onRight: () => "" })
    }
    const resumed = parent.find(({ kind }) => kind === "resumed")!
    expect(told(resumed.position - 1)).toBe("")
    expect(told(resumed.position)).toContain(
      `found resumed (2/${resumed.version}) at position ${resumed.position}`,
    )
    expect(told(2)).toContain("after the start of its 3 machines, found that 1 had started")
    expect(told(parent.length)).toContain("before its first fault, stop or resumption")
  })
})
