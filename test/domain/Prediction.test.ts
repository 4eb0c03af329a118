import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Machine from "../../src/domain/Machine.ts"
import { type FixedPoint, predict } from "../../src/domain/Prediction.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Topology from "../../src/domain/Topology.ts"

const configOf = (rates: ReadonlyArray<number>, sides: number, seed = 1): RunConfig.RunConfig => ({
  ...RunConfig.defaults,
  ...{ machines: rates.length, rates, sides, seed },
})

/** p[j][i]: messages a roll of j that go to i, counted from the decider itself, roll by roll. */
const perRoll = (config: RunConfig.RunConfig): ReadonlyArray<ReadonlyArray<number>> => {
  const reach = Reach.of(config)
  return Array.from({ length: config.machines + 1 }, (_, j) => {
    const p = new Array<number>(config.machines + 1).fill(0)
    if (j === 0) return p
    const state = Machine.inRun(config, reach, j)
    for (let roll = 1; roll <= config.sides; roll++)
      for (const i of Machine.recipientsOf(state, roll)) p[i] = p[i]! + 1 / config.sides
    return p
  })
}

/** How wrong the equations of DESIGN.md are at a fixed point. */
const wrong = (config: RunConfig.RunConfig, { machines }: FixedPoint): number => {
  const p = perRoll(config)
  let worst = 0
  const error = (a: number, b: number) => {
    worst = Math.max(worst, Math.abs(a - b))
  }
  const rolling = machines.filter(({ saturated }) => !saturated)
  for (const m of machines) {
    let lambda = 0
    for (const from of rolling) lambda += p[from.machine]![m.machine]! * from.rateHz * (1 - from.utilisation)
    error(m.arrivalsHz, lambda)
    error(m.utilisation, Math.min(1, lambda / m.rateHz))
    error(m.queueGrowthHz, Math.max(0, lambda - m.rateHz))
    const heard = rolling
      .filter(({ machine }) => p[machine]![m.machine]! > 0)
      .map(({ clockRateHz }) => clockRateHz)
    const share = m.saturated ? m.rateHz / lambda : 1
    error(m.clockRateHz, Math.max(m.rateHz, ...heard.map((hz) => hz * share)))
    expect(m.utilisation < 1).toBe(!m.saturated)
    if (m.follows !== null) error(m.clockRateHz, machines[m.follows - 1]!.clockRateHz * share)
  }
  return worst
}

const utilisations = (point: FixedPoint) => point.machines.map(({ utilisation }) => utilisation)
const rate = fc.integer({ min: 1, max: 1_000 })
const small = fc.integer({ min: 1, max: 8 })

describe("the prediction", () => {
  it("satisfies its equations for any number of machines, rates, sides and graph", () => {
    const any = fc.record({
      rates: fc.oneof(
        fc.array(rate, { minLength: 1, maxLength: 12 }),
        fc.array(small, { minLength: 1, maxLength: 12 }),
      ),
      sides: fc.integer({ min: 3, max: 12 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(any, ({ rates, sides, seed }) => {
        const config = configOf(rates, sides, seed)
        const { fixedPoints } = predict(config)
        expect(fixedPoints.length).toBeGreaterThan(0)
        for (const point of fixedPoints) expect(wrong(config, point) / Math.max(...rates)).toBeLessThan(1e-9)
      }),
      { numRuns: 100 },
    )
  })

  it("satisfies them for ten and for a thousand machines of drawn rates", () => {
    for (const machines of [10, 1_000])
      for (const sides of [3, 5, 10]) {
        const config = { ...RunConfig.defaults, machines, sides, seed: 5 }
        for (const point of predict(config).fixedPoints) expect(wrong(config, point)).toBeLessThan(1e-8)
      }
  })

  it("is what can be worked out by hand for one, two and three machines", () => {
    const only = (rates: ReadonlyArray<number>, sides = 10) => {
      const { fixedPoints, complete } = predict(configOf(rates, sides))
      expect([fixedPoints.length, complete]).toEqual([1, true])
      return fixedPoints[0]!.machines
    }
    const near = (values: ReadonlyArray<number>) => values.map((value) => expect.closeTo(value, 9))
    expect(only([4])).toEqual([
      {
        ...{ machine: 1, rateHz: 4, arrivalsHz: 0, utilisation: 0, saturated: false },
        ...{ queueGrowthHz: 0, clockRateHz: 4, follows: null },
      },
    ])
    // x1 = 3 - 0.3 x2 and x2 = 5 - 0.3 x1.
    expect(only([3, 5]).map(({ arrivalsHz }) => arrivalsHz)).toEqual(
      near([(0.3 * 4.1) / 0.91, (0.3 * 1.5) / 0.91]),
    )
    // Machine 1 gets 0.2 (5 + 5) a second and takes one; so its clock shows half of what the others' clocks show.
    const slow = only([1, 6, 6])
    expect(slow.map(({ utilisation }) => utilisation)).toEqual(near([1, 1 / 6, 1 / 6]))
    expect(slow.map(({ queueGrowthHz }) => queueGrowthHz)).toEqual(near([1, 0, 0]))
    expect(slow.map(({ clockRateHz }) => clockRateHz)).toEqual(near([3, 6, 6]))
    const busy = only([1, 6, 6], 3)
    expect(busy.map(({ queueGrowthHz }) => queueGrowthHz)).toEqual(near([3.8, 0, 0]))
    expect(busy.map(({ clockRateHz }) => clockRateHz)).toEqual(near([1.25, 6, 6]))
    const ladder = only([1, 1, 6])
    expect(ladder.map(({ clockRateHz }) => clockRateHz)).toEqual(near([5, 5, 6]))
    expect(ladder.map(({ follows }) => follows)).toEqual([3, 3, null])
    expect(only([2, 4, 6]).map(({ follows }) => follows)).toEqual([3, 3, null])
  })

  it("treats machines alike that are alike: renumbering three machines renumbers the prediction", () => {
    fc.assert(
      fc.property(fc.tuple(small, small, small), fc.integer({ min: 3, max: 10 }), ([a, b, c], sides) => {
        const [first, second] = [predict(configOf([a, b, c], sides)), predict(configOf([c, a, b], sides))]
        const round = ([x, y, z]: ReadonlyArray<number>) =>
          [y, z, x].map((value) => expect.closeTo(value!, 9))
        for (const of of ["utilisation", "queueGrowthHz", "clockRateHz"] as const)
          expect(first.fixedPoints[0]!.machines.map((m) => m[of])).toEqual(
            round(second.fixedPoints[0]!.machines.map((m) => m[of])),
          )
      }),
    )
    const equal = predict(configOf([6, 6, 6], 10)).fixedPoints[0]!
    expect(utilisations(equal)).toEqual([2 / 7, 2 / 7, 2 / 7].map((rho) => expect.closeTo(rho, 9)))
    expect(new Set(utilisations(equal)).size).toBe(1)
  })
})

/** Every point of a grid over the rolls of each machine that nearly solves the equations. */
const searched = (config: RunConfig.RunConfig, steps: number): ReadonlyArray<ReadonlyArray<number>> => {
  const rates = Array.from(RunConfig.ratesOf(config)).slice(1)
  const p = perRoll(config)
  const most = Math.max(...rates)
  const found: Array<ReadonlyArray<number>> = []
  for (let code = 0; code < (steps + 1) ** rates.length; code++) {
    const x = rates.map((r, i) => (r * (Math.floor(code / (steps + 1) ** i) % (steps + 1))) / steps)
    const error = rates.map((r, i) => {
      const lambda = x.reduce((sum, y, j) => sum + p[j + 1]![i + 1]! * y, 0)
      return Math.abs(x[i]! - Math.max(0, r - lambda))
    })
    // A solution is at most half a step from the grid in each direction, and the equations change by that much more.
    if (Math.max(...error) <= (1.2 * most) / steps) found.push(x)
  }
  return found
}

describe("several fixed points", () => {
  it("are all found: whatever a search through a grid finds for up to three machines is near one of them", () => {
    const any = fc.record({
      rates: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
      sides: fc.integer({ min: 3, max: 6 }),
    })
    fc.assert(
      fc.property(any, ({ rates, sides }) => {
        const config = configOf(rates, sides)
        const prediction = predict(config)
        expect(prediction.complete).toBe(true)
        const points = prediction.fixedPoints.map(({ machines }) =>
          machines.map(({ rateHz, utilisation }) => rateHz * (1 - utilisation)),
        )
        const far = (x: ReadonlyArray<number>, point: ReadonlyArray<number>) =>
          Math.max(...x.map((value, i) => Math.abs(value - point[i]!))) / Math.max(...rates)
        const steps = 24
        const found = searched(config, steps)
        for (const point of points) expect(found.some((x) => far(x, point) <= 1 / steps)).toBe(true)
        // Between the two ends of a continuum anything holds, which the next test looks at.
        if (!prediction.continuum)
          for (const x of found) expect(Math.min(...points.map((point) => far(x, point)))).toBeLessThan(0.4)
      }),
      { numRuns: 40 },
    )
  })

  it("of four equal machines in a square: either pair may be the busy one, and the even state does not last", () => {
    // Odd machines hear even ones only, and with three sides more than they can take.
    const { fixedPoints, complete, continuum } = predict({ ...configOf([5, 5, 5, 5], 3), seed: squareSeed })
    expect([complete, continuum]).toEqual([true, false])
    expect(fixedPoints.map(({ stable }) => stable)).toEqual([true, true, false])
    const [one, other, even] = fixedPoints.map(utilisations)
    expect([...one!].sort()).toEqual([0, 0, 1, 1])
    expect(other).toEqual(one!.map((rho) => 1 - rho))
    expect(even).toEqual([4, 4, 4, 4].map((n) => expect.closeTo(n / 7, 9)))
    const busy = fixedPoints[0]!.machines.filter(({ saturated }) => saturated)
    expect(busy.map(({ queueGrowthHz }) => queueGrowthHz)).toEqual(
      [5 / 3, 5 / 3].map((hz) => expect.closeTo(hz, 9)),
    )
  })

  it("of two equal machines that send with every roll: everything between the two ends, and that is said", () => {
    const { fixedPoints, complete, continuum } = predict(configOf([3, 3], 3))
    expect([complete, continuum]).toEqual([true, true])
    expect(fixedPoints.map(utilisations)).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  it("cannot be where five sides or more let machines answer each other less than they were told", () => {
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 12 }), fc.nat(), (rates, seed) => {
        const { fixedPoints, complete } = predict(configOf(rates, 5, seed))
        expect([fixedPoints.length, complete]).toEqual([1, true])
      }),
      { numRuns: 50 },
    )
  })
})

const squareSeed = Array.from({ length: 100 }, (_, seed) => seed).find((seed) => {
  const { a, b } = Topology.twoCycles(seed, 4)
  return [1, 2, 3, 4].every(
    (machine) => (a[machine]! + machine) % 2 === 1 && (b[machine]! + machine) % 2 === 1,
  )
})!
