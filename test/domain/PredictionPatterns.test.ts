/** What theory says of runs of other topologies and patterns: its equations, and a hundred runs of each. */
import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { predict } from "../../src/domain/Prediction.ts"
import { type Comparison, comparer } from "../../src/domain/prediction/Comparison.ts"
import * as Measured from "../../src/domain/prediction/Measured.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Topology from "../../src/domain/Topology.ts"
import * as VirtualRun from "../../src/runtime/virtual/VirtualRun.ts"

vi.setConfig({ testTimeout: 120_000 })

/** p[j][i]: messages a roll of j that go to i, face by face: two go to any neighbour, the third to pair or group. */
const perRoll = (config: RunConfig.RunConfig) => {
  const reach = Reach.of(config)
  return Array.from({ length: config.machines + 1 }, (_, j) => {
    const p = new Array<number>(config.machines + 1).fill(0)
    if (j === 0) return p
    const { neighbours, group } = reach.of(j)
    const face = (to: number, share: number) => {
      p[to]! += share / config.sides
    }
    for (const to of neighbours) {
      face(to, 2 / neighbours.length)
      if (group === null) face(to, Math.min(2, neighbours.length) / neighbours.length)
    }
    for (const to of group ?? []) face(to, 1)
    return p
  })
}

const anyRun = fc
  .record({
    rates: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 14 }),
    sides: fc.integer({ min: 3, max: 12 }),
    seed: fc.nat(),
    shape: fc.constantFrom("cycles", "complete", "ring", "star", "grid", "random"),
    kind: fc.constantFrom("pair", "broadcast", "multicast"),
  })
  .map(({ rates, sides, seed, shape, kind }): RunConfig.RunConfig => {
    const machines = rates.length
    const topology = shape === "random" ? `random:${1 + (seed % (machines - 1))}` : shape
    const { least } = Topology.degrees(Topology.parse(topology)!, machines)
    const pattern = kind === "multicast" ? `multicast:${1 + (seed % least)}` : kind
    return { ...RunConfig.defaults, machines, rates, sides, seed, topology, pattern }
  })

describe("the prediction of any topology and pattern", () => {
  it("satisfies its equations", () => {
    fc.assert(
      fc.property(anyRun, (config) => {
        const p = perRoll(config)
        const { fixedPoints } = predict(config)
        expect(fixedPoints.length).toBeGreaterThan(0)
        for (const { machines } of fixedPoints)
          for (const { machine, rateHz, arrivalsHz, utilisation, queueGrowthHz } of machines) {
            let lambda = 0
            for (const from of machines)
              if (!from.saturated) lambda += p[from.machine]![machine]! * from.rateHz * (1 - from.utilisation)
            expect(arrivalsHz).toBeCloseTo(lambda, 6)
            expect(utilisation).toBeCloseTo(Math.min(1, lambda / rateHz), 6)
            expect(queueGrowthHz).toBeCloseTo(Math.max(0, lambda - rateHz), 6)
          }
      }),
      { numRuns: 200 },
    )
  })

  it("is what can be worked out by hand for a star, and for a broadcast of machines alike", () => {
    const star = { ...RunConfig.defaults, machines: 3, rates: [10, 5, 5], topology: "star" }
    // The hub: x1 = 10 - 0.3 (x2 + x3); a leaf: x2 = 5 - 0.2 x1, of two neighbours that share 4/10.
    const x1 = 7 / 0.88
    const [hub, leaf] = predict(star).fixedPoints[0]!.machines
    expect(hub!.arrivalsHz).toBeCloseTo(10 - x1, 9)
    expect(leaf!.arrivalsHz).toBeCloseTo(0.2 * x1, 9)
    // Each gets 1/10 of each roll of three others, and 2/30 of each of three neighbours' single sends: x = 6 - x / 2.
    const all = {
      ...RunConfig.defaults,
      machines: 4,
      rates: [6, 6, 6, 6],
      topology: "complete",
      pattern: "broadcast",
    }
    for (const { arrivalsHz } of predict(all).fixedPoints[0]!.machines) expect(arrivalsHz).toBeCloseTo(2, 9)
  })
})

interface Row {
  readonly row: Comparison
  readonly rest: Array<number>
  readonly margins: Array<number>
  within: number
}

/** A hundred runs, seeds 0, 1, 2, ..., each beside its own prediction; lift taken off. */
const beside = (over: Partial<RunConfig.RunConfig>, runs: number): ReadonlyArray<Row> => {
  const rows = new Map<string, Row>()
  for (let seed = 0; seed < runs; seed++) {
    const config = { ...RunConfig.virtualDefaults, durationUs: 150_000_000, ...over, seed }
    const state = Measured.initial()
    for (const { events } of VirtualRun.turns(config, 0))
      for (const event of events) Measured.step(state, event)
    for (const row of comparer(config).compare(Measured.read(state))) {
      const key = `${row.machine} ${row.quantity}`
      const found = rows.get(key) ?? { row, rest: [], margins: [], within: 0 }
      rows.set(key, found)
      const rest = row.measured! - row.predicted - (row.lift ?? 0)
      found.rest.push(rest)
      found.margins.push(row.margin!)
      if (Math.abs(rest) <= row.margin!) found.within++
    }
  }
  return [...rows.values()]
}

const settings = [
  { machines: 5, rates: [3, 5, 6, 8, 10], topology: "complete", pattern: "broadcast" },
  { machines: 5, rates: [1, 5, 6, 8, 10], pattern: "broadcast" },
  { machines: 6, rates: [4, 5, 6, 8, 9, 10], topology: "complete", pattern: "multicast:3" },
  { machines: 5, rates: [20, 3, 4, 5, 6], topology: "star" },
  { machines: 6, rates: [3, 5, 6, 8, 9, 10], topology: "grid" },
  { machines: 6, rates: [4, 5, 6, 8, 9, 10], topology: "random:3", pattern: "multicast:2" },
] satisfies ReadonlyArray<Partial<RunConfig.RunConfig>>

describe("a hundred virtual runs", () => {
  const runs = 100
  for (const setting of settings)
    it(`are where they are foretold, and spread as much: ${JSON.stringify(setting)}`, () => {
      for (const { row, rest, margins, within } of beside(setting, runs)) {
        const name = `${row.quantity} of machine ${row.machine}, foretold ${row.predicted}`
        const mean = rest.reduce((a, b) => a + b) / runs
        const deviation = Math.sqrt(rest.reduce((a, b) => a + (b - mean) ** 2, 0) / (runs - 1))
        // Of 100 runs 95 are to be: 86 or fewer once in ten thousand times.
        expect(within, name).toBeGreaterThan(86)
        const isLinear = row.quantity === "utilisation" ? row.predicted < 0.95 : row.predicted > 0.5
        if (row.quantity === "clock rate" || !isLinear) continue
        expect(Math.abs(mean) / (deviation / Math.sqrt(runs)), `${name}, standard errors`).toBeLessThan(4.5)
        const margin = margins.reduce((a, b) => a + b) / runs
        expect(margin / deviation, `${name}, margin in deviations`).toBeGreaterThan(1.4)
        expect(margin / deviation, `${name}, margin in deviations`).toBeLessThan(3.2)
      }
    })
})
