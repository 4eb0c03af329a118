import { describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { predict } from "../../src/domain/Prediction.ts"
import { type Comparison, compare, comparer } from "../../src/domain/prediction/Comparison.ts"
import * as Measured from "../../src/domain/prediction/Measured.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import { measure } from "./ScaleModel.ts"
import { type Options, simulate } from "./Simulator.ts"

const configOf = (
  rates: ReadonlyArray<number>,
  more: Partial<RunConfig.RunConfig> = {},
): RunConfig.RunConfig => ({
  ...RunConfig.defaults,
  ...{ machines: rates.length, rates, seed: 3, durationUs: 300_000_000, ...more },
})

const folded = (log: ReadonlyArray<Logged>): Measured.Measured => {
  const state = Measured.initial()
  for (const event of log) Measured.step(state, event)
  return Measured.read(JSON.parse(JSON.stringify(state)))
}

const run = (config: RunConfig.RunConfig, more: Partial<Options> = {}) =>
  folded(simulate({ config, maxDelayUs: 5_000, ...more }))

const rowOf = (
  rows: ReadonlyArray<Comparison>,
  machine: number,
  quantity: Comparison["quantity"],
  fixedPoint = 1,
) =>
  rows.find((row) => row.machine === machine && row.quantity === quantity && row.fixedPoint === fixedPoint)!

describe("what is measured", () => {
  it("is what a naive count over the log gives, and the clock is its own ticks and what receipts add to them", () => {
    const config = configOf([1, 4, 6], { overflow: "drop-oldest", capacity: 3, durationUs: 60_000_000 })
    const log = simulate({ config, maxDelayUs: 200_000 })
    const measured = folded(log)
    expect([measured.seconds, measured.downSeconds]).toEqual([60, 0])
    for (const m of measured.machines) {
      const own = log.filter(({ machine }) => machine === m.machine)
      const count = (kind: string) => own.filter((event) => event.kind === kind).length
      const to = log.filter((event) => event.kind === "sent" && event.payload.recipients.includes(m.machine))
      expect([m.received, m.dropped, m.addressed]).toEqual([count("received"), count("dropped"), to.length])
      expect(m.ticks).toBe(count("internal") + count("sent") + count("received"))
      const ahead = Object.values(m.ahead).reduce((a, b) => a + b, 0)
      expect(m.lamport).toBe(m.ticks + ahead)
    }
    expect(measured.machines[0]!.dropped).toBeGreaterThan(10)
  })

  it("is of the part of the schedule that has passed, and of time that it was down", () => {
    const config = configOf([3, 4, 6], { durationUs: 20_000_000 })
    const cut = folded(simulate({ config, cutAtUs: 7_000_000 }))
    expect(cut.seconds).toBeGreaterThan(6)
    expect(cut.seconds).toBeLessThanOrEqual(7)
    const log = simulate({ config, cutAtUs: 7_000_000 })
    const resumed = { machine: 0, version: 2, position: 9_999, occurredAtUs: log.at(-1)!.occurredAtUs + 1 }
    const after = folded([...log, { ...resumed, kind: "run-resumed", payload: { downUs: 2_500_000 } }])
    expect(after.downSeconds).toBe(2.5)
    expect(rowOf(compare(config, after), 1, "clock rate").remark).toMatch(/the run was down for 2.5 s/)
    const nothing = compare(config, folded(log.slice(0, 1)))
    expect(
      new Set(nothing.map(({ verdict, measured, margin }) => [verdict, measured, margin].join())),
    ).toEqual(new Set(["nothing measured yet,,"]))
  })
})

describe("a run beside its prediction", () => {
  it("is within the margin where no machine is lifted, but for one in twenty", () => {
    const outcomes = [
      [[2, 4, 6], 10],
      [[1, 6, 6], 10],
      [[1, 6, 6], 3],
      [[1, 3, 6, 6, 2, 4], 10],
      [[3, 6], 8],
    ].flatMap(([rates, sides]) =>
      [1, 2, 3, 4].flatMap((seed) => {
        const config = configOf(rates as Array<number>, { sides: sides as number, seed })
        return compare(config, run(config)).filter(({ quantity }) => quantity !== "clock rate")
      }),
    )
    expect(new Set(outcomes.map(({ lift }) => lift))).toEqual(new Set([null]))
    const beyond = outcomes.filter(({ verdict }) => verdict !== "within the margin")
    expect(outcomes.length).toBeGreaterThan(130)
    expect(beyond.length / outcomes.length).toBeLessThan(0.06)
  })

  it("has the slope of a slow machine's queue with three sides, which is not near that of ten", () => {
    const config = configOf([1, 6, 6], { sides: 3 })
    const growth = rowOf(compare(config, run(config)), 1, "queue growth")
    expect(growth.predicted).toBeCloseTo(3.8, 8)
    expect(Math.abs(growth.measured! - 3.8)).toBeLessThan(growth.margin!)
    expect(growth.margin!).toBeLessThan(0.4)
  })

  it("counts what waits in the network as waiting: a full inbox under backpressure changes no slope", () => {
    const config = configOf([1, 6, 6], { capacity: 8, seed: 2 })
    const growth = rowOf(compare(config, run(config)), 1, "queue growth")
    expect(growth.remark).toMatch(/^its inbox is full: /)
    expect(growth.predicted).toBeCloseTo(1, 8)
    expect(growth.verdict).toBe("within the margin")
    expect(growth.measured! * 300).toBeGreaterThan(100)
  })

  it("has a queue that stops growing, and a clock that keeps up, where messages are dropped", () => {
    for (const overflow of ["drop-newest", "drop-oldest"] as const) {
      const config = configOf([1, 6, 6], { capacity: 8, overflow })
      const rows = compare(config, run(config))
      const growth = rowOf(rows, 1, "queue growth")
      expect(growth.predicted).toBeCloseTo(8 / 300, 8)
      expect(growth.verdict).toBe("within the margin")
      expect(growth.remark).toMatch(/^\d+ messages were dropped$/)
      const clock = rowOf(rows, 1, "clock rate")
      const waitSeconds = overflow === "drop-newest" ? 8 : 4
      expect(clock.predicted).toBeCloseTo(6 * (1 - waitSeconds / 300), 8)
      expect(clock.verdict).toBe("lifted")
    }
  })
})

describe("the lift", () => {
  it("of machines of similar rate is named with its cause and never hidden by the margin", () => {
    const config = configOf([1, 6, 6])
    const rows = compare(config, run(config))
    for (const machine of [2, 3]) {
      const clock = rowOf(rows, machine, "clock rate")
      expect(clock.predicted).toBe(6)
      // DESIGN.md: 1,6,6 runs near 6.45.
      expect(clock.measured).toBeGreaterThan(6.3)
      expect(clock.measured).toBeLessThan(6.6)
      expect(clock.lift).toBeCloseTo(clock.measured! - 6, 9)
      expect(clock.verdict).toBe("lifted")
      expect(clock.liftCause).toBe("machines 2 and 3 of similar rate (6 and 6 ticks/s) lift each other")
    }
    const slow = rowOf(rows, 1, "clock rate")
    expect(slow.lift).toBeCloseTo(rowOf(rows, 2, "clock rate").lift! / 2, 6)
    expect(slow.liftCause).toMatch(/lift each other, and this clock follows 2's$/)
    const all = compare(configOf([6, 6, 6]), run(configOf([6, 6, 6])))
    // DESIGN.md: 6,6,6 runs near 6.7.
    for (const machine of [1, 2, 3]) expect(rowOf(all, machine, "clock rate").measured).toBeCloseTo(6.75, 0)
  })

  it("is none where nobody lifts: a machine alone, and one that hears only the past", () => {
    expect(rowOf(compare(configOf([7]), run(configOf([7]))), 1, "clock rate")).toMatchObject({
      ...{ predicted: 7, measured: 7, differencePercent: 0, lift: null, liftCause: null },
      verdict: "within the margin",
    })
  })
})

describe("several fixed points", () => {
  it("have rows each, and those that the run is not near say so and claim no lift", () => {
    const base = configOf([5, 5, 5, 5], { sides: 3 })
    const seed = Array.from({ length: 100 }, (_, seed) => seed).find(
      (seed) => predict({ ...base, seed }).fixedPoints.length === 3,
    )!
    const config = { ...base, seed }
    const measured = measure(config)
    const rows = comparer(config).compare(measured)
    expect(rows).toHaveLength(3 * 4 * 3)
    const settled = rows.filter(({ remark }) => remark === "the time before the run settled is not foretold")
    const [chosen, ...more] = new Set(settled.map(({ fixedPoint }) => fixedPoint))
    expect([settled.length, more, chosen! < 3]).toEqual([12, [], true])
    for (const { fixedPoint, remark, lift } of rows)
      if (fixedPoint !== chosen)
        expect([remark, lift]).toEqual([`the run is nearer to fixed point ${chosen}`, null])
    const growths = (of: number) =>
      rows.filter(({ fixedPoint, quantity }) => fixedPoint === of && quantity === "queue growth")
    for (const { verdict } of growths(chosen!)) expect(verdict).toBe("within the margin")
    for (const { verdict } of growths(3 - chosen!)) expect(verdict).toBe("beyond the margin")
  })
})
