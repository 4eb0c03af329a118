import { describe, expect, it } from "vitest"
import { predict } from "../../src/domain/Prediction.ts"
import type { Comparison } from "../../src/domain/prediction/Comparison.ts"
import { comparer } from "../../src/domain/prediction/Comparison.ts"
import * as Margin from "../../src/domain/prediction/Margin.ts"
import * as Supremum from "../../src/domain/prediction/Supremum.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import { measure } from "./ScaleModel.ts"

/**
 * P(sup <= z) as 1 less the integral of the density of the first passage at z, which is inverse Gaussian, by the
 * midpoint rule in the square root of time.
 */
const byFirstPassage = (z: number, drift: number, variance: number, seconds: number): number => {
  const steps = 20_000
  let sum = 0
  for (let k = 0; k < steps; k++) {
    const root = ((k + 0.5) / steps) * Math.sqrt(seconds)
    const t = root * root
    const density =
      (z / Math.sqrt(2 * Math.PI * variance * t ** 3)) *
      Math.exp(-((z - drift * t) ** 2) / (2 * variance * t))
    sum += (density * 2 * root * Math.sqrt(seconds)) / steps
  }
  return 1 - sum
}

describe("the supremum of a Brownian motion", () => {
  const cases = [-5, -0.4, 0, 0.2, 3].flatMap((drift) =>
    [0.3, 4].flatMap((v) => [5, 60].map((t) => [drift, v, t] as const)),
  )

  it("is distributed as its first passages say", () => {
    for (const [drift, variance, seconds] of cases)
      for (const part of [0.1, 0.5, 1, 2]) {
        const z = Math.max(0, drift * seconds) + (part - 0.05) * Math.sqrt(variance * seconds)
        const law = Supremum.distribution(z, drift, variance, seconds)
        expect(law).toBeCloseTo(byFirstPassage(z, drift, variance, seconds), 4)
      }
  })

  it("has the quantiles that its distribution gives back, and the fluid value where there is no chance", () => {
    for (const [drift, variance, seconds] of cases)
      for (const q of [0.025, 0.5, 0.975]) {
        const z = Supremum.quantile(q, drift, variance, seconds)
        expect(Supremum.distribution(z, drift, variance, seconds)).toBeCloseTo(q, 4)
      }
    expect([Supremum.quantile(0.5, 2, 0, 10), Supremum.quantile(0.5, -2, 0, 10)]).toEqual([20, 0])
    expect(Supremum.normal(1.959964)).toBeCloseTo(0.975, 6)
  })
})

interface Spread {
  readonly row: Comparison
  readonly mean: number
  readonly deviation: number
  /** The part of runs within the margin, lift taken off. */
  readonly covered: number
}

const key = ({ machine, quantity }: Comparison) => `${machine} ${quantity}`

/** What many runs, seeds 0, 1, 2, ..., make of each row. The graph of three machines is the same for all seeds. */
const spreads = (rates: ReadonlyArray<number>, seconds: number, runs: number, sides = 10) => {
  const of = new Map<string, { row: Comparison; all: Array<number>; within: number }>()
  const config = { ...RunConfig.defaults, machines: rates.length, rates, sides, durationUs: seconds * 1e6 }
  const { compare } = comparer(config)
  for (let seed = 0; seed < runs; seed++)
    for (const row of compare(measure({ ...config, seed }))) {
      const found = of.get(key(row)) ?? { row, all: [], within: 0 }
      of.set(key(row), found)
      const rest = row.measured! - row.predicted - (row.lift ?? 0)
      found.all.push(rest)
      if (Math.abs(rest) <= row.margin!) found.within++
      expect(row.verdict.includes("beyond")).toBe(Math.abs(rest) > row.margin!)
    }
  return new Map(
    [...of].map(([name, { row, all, within }]): [string, Spread] => {
      const mean = all.reduce((a, b) => a + b, 0) / runs
      const deviation = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / runs)
      return [name, { row, mean, deviation, covered: within / runs }]
    }),
  )
}

describe("the margin", () => {
  it("of utilisation and of a saturated queue's growth holds 95 % of long runs, neither less nor much more", () => {
    for (const rates of [
      [2, 4, 6],
      [1, 6, 6],
      [3, 5],
      [5, 5, 5],
    ])
      for (const { row, mean, deviation, covered } of spreads(rates, 600, 300).values()) {
        const saturated = row.predicted === 1
        const normal =
          (row.quantity === "utilisation" && !saturated) ||
          (row.quantity === "queue growth" && row.predicted > 0)
        if (!normal) continue
        expect(covered, key(row)).toBeGreaterThan(0.915)
        expect(covered, key(row)).toBeLessThan(0.99)
        expect(Math.abs(mean) / deviation, key(row)).toBeLessThan(0.35)
        expect(row.margin! / deviation, key(row)).toBeGreaterThan(1.75)
        expect(row.margin! / deviation, key(row)).toBeLessThan(2.4)
      }
  })

  it("of everything else holds at least 95 % of short and of long runs", () => {
    for (const rates of [
      [2, 4, 6],
      [1, 6, 6],
      [1, 1, 6],
      [1, 5, 4],
      [6, 6, 6],
    ])
      for (const seconds of [20, 60, 300])
        for (const { row, covered } of spreads(rates, seconds, 150).values())
          expect(covered, `${rates} for ${seconds} s: ${key(row)}`).toBeGreaterThan(0.92)
  })

  it("is of the size of what happens: a clock of a saturated machine, by its deviation over many runs", () => {
    const { row, deviation } = spreads([1, 6, 6], 600, 300).get("1 clock rate")!
    expect(row.margin! / deviation).toBeGreaterThan(1.7)
    expect(row.margin! / deviation).toBeLessThan(3)
  })

  it("shrinks as runs grow longer, by the square root of their length where chance adds up", () => {
    const config = { ...RunConfig.defaults, rates: [1, 6, 6] }
    const [point] = predict(config).fixedPoints
    const outlook = Margin.outlook(config, point!)
    const at = (seconds: number) => Margin.ofUtilisation(outlook, point!.machines[1]!, seconds)
    expect(at(40_000) / at(10_000)).toBeCloseTo(0.5, 2)
    const queue = (seconds: number) => Margin.ofQueueGrowth(outlook, point!.machines[1]!, seconds)
    expect(queue(40_000) / queue(10_000)).toBeCloseTo(0.25, 2)
  })
})
