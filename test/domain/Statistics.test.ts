import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Logged, MachineEvent } from "../../src/domain/ClockEvent.ts"
import * as Histogram from "../../src/domain/Histogram.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Schedule from "../../src/domain/Schedule.ts"
import * as Statistics from "../../src/domain/Statistics.ts"
import { simulate, startUs } from "./Simulator.ts"

/** The largest inbox from the step function itself: up at each arrival, down at each taking. */
const largestQueue = (own: ReadonlyArray<MachineEvent>): number => {
  const steps = own.flatMap((event): Array<readonly [number, number]> => {
    if (event.kind === "received" || (event.kind === "dropped" && event.payload.reason === "drop-oldest"))
      return [
        [event.payload.arrivedAtUs, 1],
        [event.occurredAtUs, -1],
      ]
    return event.kind === "stopped"
      ? event.payload.inbox.map(({ arrivedAtUs }) => [arrivedAtUs, 1] as const)
      : []
  })
  let length = 0
  let largest = 0
  for (const [, change] of steps.sort((a, b) => a[0] - b[0])) {
    length += change
    largest = Math.max(largest, length)
  }
  return largest
}

const naive = (log: ReadonlyArray<Logged>, config: RunConfig.RunConfig, machine: number) => {
  const own = log.filter((event): event is Logged<MachineEvent> => event.machine === machine)
  const count = (kind: string) => own.filter((event) => event.kind === kind).length
  const ticks = own.filter(({ kind }) => ["internal", "sent", "received"].includes(kind))
  const rate = RunConfig.ratesOf(config)[machine]!
  const phaseUs = RunConfig.phaseOf(config.seed, machine, rate)
  const missed = own.flatMap((e) =>
    e.kind === "missed" ? Array.from({ length: e.payload.count }, (_, i) => e.payload.first + i) : [],
  )
  const made = Array.from({ length: ticks.length + missed.length }, (_, k) => k).filter(
    (k) => !missed.includes(k),
  )
  const late = ticks.map(
    (event, i) => event.occurredAtUs - startUs - Schedule.offsetUs(phaseUs, rate, made[i]!),
  )
  const jumps = own.map((event, i) => (event.kind === "received" ? event.lamport - own[i - 1]!.lamport : 0))
  return {
    late,
    statistics: {
      machine,
      name: String(machine),
      rate,
      ticks: ticks.length,
      internal: count("internal"),
      sent: count("sent"),
      received: count("received"),
      dropped: count("dropped"),
      missed: missed.length,
      lamport: own.at(-1)!.lamport,
      maxQueueLength: largestQueue(own),
      largestJump: Math.max(0, ...jumps),
      maxLatenessUs: Math.max(0, ...late),
    },
  }
}

describe("the statistics", () => {
  it("of one pass are those of a naive recomputation", () => {
    const config = fc.record({
      seed: fc.nat(),
      machines: fc.integer({ min: 2, max: 6 }),
      sides: fc.integer({ min: 3, max: 8 }),
      capacity: fc.integer({ min: 1, max: 8 }),
      durationUs: fc.integer({ min: 1_000_000, max: 15_000_000 }),
      overflow: fc.constantFrom("backpressure" as const, "drop-newest" as const, "drop-oldest" as const),
    })
    fc.assert(
      fc.property(config, fc.boolean(), (partial, stopped) => {
        const interruptions = stopped ? [{ machine: 1, atUs: 500_000, downUs: 2_200_000, crash: false }] : []
        const log = simulate({ config: partial, interruptions })
        const full = { ...RunConfig.defaults, ...partial }
        const fold = Statistics.make()
        for (const event of log) fold.step(event)
        const found = fold.finish()
        const expected = Array.from({ length: partial.machines }, (_, i) => naive(log, full, i + 1))
        // A stop empties the inbox without a taking, so the naive step function holds for one life only.
        const blank = (one: Statistics.MachineStatistics) =>
          stopped && one.machine === 1 ? { ...one, maxQueueLength: 0 } : one
        expect(found.machines.map(blank)).toEqual(expected.map(({ statistics }) => blank(statistics)))
        const late = expected.flatMap((one) => one.late).sort((a, b) => a - b)
        expect(found.lateness.count).toBe(late.length)
        expect(found.lateness.maxUs).toBe(late.at(-1) ?? 0)
        const median = late[Math.max(0, Math.ceil(late.length / 2) - 1)] ?? 0
        expect(Math.abs(found.lateness.medianUs - median)).toBeLessThanOrEqual(median * 0.01)
      }),
      { numRuns: 60 },
    )
  })

  it("have a row for each machine before it has done anything", () => {
    const fold = Statistics.make()
    fold.step(simulate({ config: { durationUs: 1_000_000 } })[0]!)
    expect(fold.finish().machines.map(({ machine, ticks }) => [machine, ticks])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ])
  })
})

it("a clock is no jump after one that an imported log does not say", () => {
  const fold = Statistics.make()
  const imported = { format: "jsonl", files: ["log"], machines: 1, names: ["alice"], says: [], fifo: true }
  const begun = { machine: 0, version: 1, occurredAtUs: 0, kind: "run-imported" } as const
  fold.step({ ...begun, payload: { ...imported, notes: [] } })
  for (const [i, lamport] of [3, null, 50, 52].entries())
    fold.step({
      ...{ machine: 1, version: i + 1, occurredAtUs: i, kind: "received", lamport, queueLength: null },
      payload: { sender: null, sendVersion: null, senderLamport: null, sentAtUs: null, arrivedAtUs: null },
    })
  expect(fold.finish().machines[0]).toMatchObject({ lamport: 52, largestJump: 3 })
})

describe("a histogram", () => {
  it("has quantiles to within 1 % of the sorted values", () => {
    const value = fc.oneof(
      fc.nat(300),
      fc.nat(2_000_000),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    )
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
        (values, q) => {
          const histogram = Histogram.make()
          for (const one of values) histogram.record(one)
          const sorted = [...values].sort((a, b) => a - b)
          const exact = sorted[Math.max(1, Math.ceil(q * values.length)) - 1]!
          expect(Math.abs(histogram.quantile(q) - exact)).toBeLessThanOrEqual(exact * 0.01)
          expect([histogram.count(), histogram.max()]).toEqual([values.length, sorted.at(-1)])
        },
      ),
      { numRuns: 500 },
    )
  })

  it("of nothing is zero", () => {
    const histogram = Histogram.make()
    expect([histogram.count(), histogram.max(), histogram.quantile(0.5)]).toEqual([0, 0, 0])
  })
})
