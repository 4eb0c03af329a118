import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import * as Measures from "../../src/domain/experiment/Measures.ts"
import * as ResultTable from "../../src/domain/experiment/ResultTable.ts"
import * as Sample from "../../src/domain/experiment/Sample.ts"
import * as StudentT from "../../src/domain/experiment/StudentT.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import { simulate } from "./Simulator.ts"

/** Two-sided 95 % and 99 % points as printed in the tables of textbooks. */
const published: ReadonlyArray<readonly [freedom: number, t95: number, t99: number]> = [
  [1, 12.706, 63.657],
  [2, 4.303, 9.925],
  [3, 3.182, 5.841],
  [4, 2.776, 4.604],
  [5, 2.571, 4.032],
  [6, 2.447, 3.707],
  [7, 2.365, 3.499],
  [8, 2.306, 3.355],
  [9, 2.262, 3.25],
  [10, 2.228, 3.169],
  [15, 2.131, 2.947],
  [20, 2.086, 2.845],
  [29, 2.045, 2.756],
  [30, 2.042, 2.75],
  [40, 2.021, 2.704],
  [60, 2.0, 2.66],
  [120, 1.98, 2.617],
]

describe("Student's t", () => {
  it("has the quantiles of the published tables", () => {
    for (const [freedom, t95, t99] of published) {
      expect(StudentT.quantile(0.95, freedom), `95 %, ${freedom}`).toBeCloseTo(t95, 3)
      expect(StudentT.quantile(0.99, freedom), `99 %, ${freedom}`).toBeCloseTo(t99, 3)
    }
    expect(StudentT.quantile(0.95, 100_000)).toBeCloseTo(1.96, 3)
  })

  it("is the integral of its density, whatever the degrees of freedom", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        (freedom, t) => {
          // Simpson's rule; the density is normed by its own integral over the whole line, x = tan(a).
          const density = (x: number) => (1 + (x * x) / freedom) ** (-(freedom + 1) / 2)
          const simpson = (f: (x: number) => number, to: number) => {
            const steps = 2_000
            let sum = f(0) + f(to)
            for (let i = 1; i < steps; i++) sum += f((to * i) / steps) * (i % 2 === 1 ? 4 : 2)
            return (sum * to) / steps / 3
          }
          const whole = simpson((a) => density(Math.tan(a)) / Math.cos(a) ** 2, Math.PI / 2 - 1e-9)
          expect(StudentT.within(t, freedom)).toBeCloseTo(simpson(density, t) / whole, 6)
        },
      ),
    )
  })
})

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 40 })

describe("a sample", () => {
  it("has the mean, deviation and interval of the textbook's formulas", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const n = values.length
        const { mean, deviation, interval, count } = Sample.of(values)
        let sum = 0
        let squares = 0
        for (const value of values) {
          sum += value
          squares += value * value
        }
        const naive = Math.sqrt(Math.max(0, (squares - (sum * sum) / n) / (n - 1)))
        const scale = Math.max(1, ...values.map(Math.abs))
        expect(count).toBe(n)
        expect(Math.abs(mean! - sum / n) / scale).toBeLessThan(1e-12)
        expect(Math.abs(deviation! - naive) / scale).toBeLessThan(1e-6)
        const [low, high] = interval!
        expect((low + high) / 2).toBeCloseTo(mean!, 6)
        const margin = (StudentT.quantile(0.95, n - 1) * naive) / Math.sqrt(n)
        expect(Math.abs((high - low) / 2 - margin) / scale).toBeLessThan(1e-5)
      }),
    )
  })

  it("has only what its size allows", () => {
    expect(Sample.of([])).toEqual({ count: 0, mean: null, deviation: null, interval: null })
    expect(Sample.of([3])).toEqual({ count: 1, mean: 3, deviation: null, interval: null })
    expect(Sample.of([3, 3])).toEqual({ count: 2, mean: 3, deviation: 0, interval: [3, 3] })
  })

  it("holds the true mean in its interval nearly as often as it says", () => {
    // Sums of twelve uniform draws are all but normal: mean 6, deviation 1.
    const draw = ((state) => () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    })(12_345)
    const value = () => Array.from({ length: 12 }, draw).reduce((a, b) => a + b, 0)
    let held = 0
    const samples = 4_000
    for (let i = 0; i < samples; i++) {
      const [low, high] = Sample.of(Array.from({ length: 5 }, value)).interval!
      if (low <= 6 && 6 <= high) held++
    }
    expect(held / samples).toBeGreaterThan(0.94)
    expect(held / samples).toBeLessThan(0.96)
  })
})

/** What the measures say, from the whole log at once and by their definitions. */
const naively = (log: ReadonlyArray<LabEvent>, machine: number) => {
  let [previous, largest, behind] = [0, 0, 0]
  const jumps: Array<number> = []
  const waits: Array<number> = []
  for (const event of log) {
    if (event.kind !== "internal" && event.kind !== "sent" && event.kind !== "received") continue
    largest = Math.max(largest, event.lamport)
    if (event.machine !== machine) continue
    if (event.kind === "received") {
      jumps.push(event.lamport - previous)
      waits.push(event.occurredAtUs - event.payload.arrivedAtUs)
    }
    previous = event.lamport
    behind = Math.max(behind, largest - event.lamport)
  }
  const mean = (list: ReadonlyArray<number>) =>
    list.length === 0 ? null : list.reduce((a, b) => a + b, 0) / list.length
  const waitUs = mean(waits)
  return {
    clock: previous,
    largestJump: Math.max(0, ...jumps),
    meanJump: mean(jumps),
    meanWaitMs: waitUs === null ? null : waitUs / 1_000,
    largestBehind: behind,
    receipts: jumps.length,
  }
}

describe("the measures of a run", () => {
  it("are what their definitions give over the whole log", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(1e6),
          machines: fc.integer({ min: 1, max: 5 }),
          durationUs: fc.constantFrom(500_000, 5_000_000, 20_000_000),
          sides: fc.integer({ min: 3, max: 12 }),
          capacity: fc.constantFrom(2, 1_024),
          overflow: fc.constantFrom("backpressure" as const, "drop-newest" as const, "drop-oldest" as const),
        }),
        (config) => {
          const log = simulate({ config })
          const fold = Measures.make()
          for (const event of log) fold.step(event)
          const { all, machines } = fold.finish()
          const rates = RunConfig.ratesOf({ ...RunConfig.defaults, ...config })
          expect(machines).toHaveLength(config.machines)
          const seconds = config.durationUs / 1_000_000
          let [receipts, jumpSum] = [0, 0]
          for (const [i, measured] of machines.entries()) {
            const { receipts: own, meanWaitMs, meanJump, ...expected } = naively(log, i + 1)
            receipts += own
            jumpSum += (meanJump ?? 0) * own
            expect(measured).toMatchObject({ ...expected, rate: rates[i + 1] })
            expect(measured.clockRate).toBeCloseTo(measured.clock / seconds, 9)
            if (meanWaitMs === null) expect([measured.meanWaitMs, measured.meanJump]).toEqual([null, null])
            else {
              expect(measured.meanWaitMs).toBeCloseTo(meanWaitMs, 6)
              expect(measured.meanJump).toBeCloseTo(meanJump!, 9)
            }
          }
          const most = (of: (measured: Measures.Measured) => number) => Math.max(...machines.map(of))
          expect(all).toMatchObject({
            rate: null,
            clock: most((m) => m.clock),
            largestJump: most((m) => m.largestJump),
            largestQueue: most((m) => m.largestQueue),
            largestBehind: most((m) => m.largestBehind),
          })
          if (receipts === 0) expect(all.meanJump).toBe(null)
          else expect(all.meanJump).toBeCloseTo(jumpSum / receipts, 9)
        },
      ),
      { numRuns: 40 },
    )
  })

  it("take a receipt's jump, wait and drift as they are", () => {
    const config: RunConfig.RunConfig = { ...RunConfig.defaults, machines: 2, durationUs: 2_000_000 }
    const at = (machine: number, version: number, lamport: number) => ({
      machine,
      version,
      lamport,
      occurredAtUs: version * 100_000,
      queueLength: 0,
    })
    const delivery = { sender: 1, sendVersion: 4, senderLamport: 3, sentAtUs: 400_000, arrivedAtUs: 450_000 }
    const log: ReadonlyArray<LabEvent> = [
      { machine: 0, version: 1, occurredAtUs: 0, kind: "run-started", payload: config },
      { ...at(1, 1, 0), kind: "started", payload: { rate: 1, phaseUs: 0, peers: [2] } },
      { ...at(2, 1, 0), kind: "started", payload: { rate: 1, phaseUs: 0, peers: [1] } },
      { ...at(1, 2, 1), kind: "internal", payload: {} },
      { ...at(1, 3, 2), kind: "internal", payload: {} },
      { ...at(1, 4, 3), kind: "sent", payload: { recipients: [2] } },
      { ...at(2, 2, 1), kind: "internal", payload: {} },
      { ...at(2, 5, 4), kind: "received", payload: delivery },
    ]
    const fold = Measures.make()
    for (const event of log) fold.step(event)
    expect(fold.finish().machines[1]).toMatchObject({
      clock: 4,
      clockRate: 2,
      largestJump: 3,
      meanJump: 3,
      largestQueue: 1,
      meanWaitMs: 50,
      largestBehind: 2,
    })
  })
})

const measured = (rate: number, clock: number): Measures.Measured => ({
  rate,
  clock,
  clockRate: clock,
  messages: 0,
  largestJump: 0,
  meanJump: null,
  largestQueue: 0,
  meanWaitMs: null,
  largestBehind: 0,
})

describe("the table of an experiment", () => {
  const run = (setting: number, rates: ReadonlyArray<number>, verified = true): ResultTable.Repeated => ({
    setting,
    verified,
    measures: {
      all: { ...measured(0, Math.max(...rates) * 10), rate: null },
      machines: rates.map((rate) => measured(rate, rate * 10)),
    },
  })
  const rows = ResultTable.rows(2, [
    run(0, [1, 6, 3]),
    run(1, [2, 2, 2]),
    run(0, [5, 2, 4], false),
    run(1, [2, 2, 2]),
  ])
  const row = (setting: number, of: ResultTable.Subject) =>
    rows.find((one) => one.setting === setting && one.of === of)!

  it("has a row for each setting and what it speaks of, setting by setting", () => {
    expect(rows.map(({ setting, of }) => `${setting} ${of}`)).toEqual(
      [0, 1].flatMap((i) => ["all", "slowest", "fastest", 1, 2, 3].map((of) => `${i} ${of}`)),
    )
  })

  it("follows the slowest and the fastest machine, whatever their numbers", () => {
    expect(row(0, "slowest").samples.clock.mean).toBe(15)
    expect(row(0, "fastest").samples.clock.mean).toBe(55)
    expect(row(0, 1).samples.clock.mean).toBe(30)
    expect(row(0, "all").samples.clock.mean).toBe(55)
  })

  it("takes the first of machines of equal rate", () => {
    const machines = [measured(2, 7), measured(2, 8), measured(2, 9)]
    const tied = ResultTable.rows(1, [
      { setting: 0, verified: true, measures: { all: measured(0, 9), machines } },
    ])
    for (const of of ["slowest", "fastest"] as const)
      expect(tied.find((one) => one.of === of)!.samples.clock.mean).toBe(7)
  })

  it("counts what verifies, and leaves out what was not there to measure", () => {
    expect([row(0, "all").runs, row(0, "all").verified, row(1, "all").verified]).toEqual([2, 1, 2])
    expect(row(0, "all").samples.meanJump).toMatchObject({ count: 0, mean: null })
  })
})
