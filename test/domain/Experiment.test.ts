import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Experiment from "../../src/domain/Experiment.ts"
import * as Description from "../../src/domain/experiment/Description.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"

/** Values that a grid may vary, whatever the rest of the description says; durations as they are written. */
const axes = {
  sides: fc.integer({ min: 3, max: 40 }),
  capacity: fc.integer({ min: 1, max: 2_000 }),
  machines: fc.integer({ min: 1, max: 12 }),
  duration: fc.integer({ min: 1, max: 90_000 }).map((ms) => `${ms}ms`),
  overflow: fc.constantFrom("backpressure", "drop-newest", "drop-oldest"),
  topology: fc.constantFrom("cycles", "complete", "ring", "star", "grid"),
  pattern: fc.constantFrom("pair", "broadcast"),
  rateRange: fc
    .tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 1_000 }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
} as const
type Axis = keyof typeof axes

const values = (axis: Axis) =>
  fc.uniqueArray(axes[axis] as fc.Arbitrary<unknown>, {
    minLength: 1,
    maxLength: 3,
    selector: (value) => JSON.stringify(value),
  })

const grids = fc
  .uniqueArray(fc.constantFrom(...(Object.keys(axes) as Array<Axis>)), { maxLength: 3 })
  .chain((names) =>
    fc
      .tuple(...names.map(values))
      .map(
        (lists): ReadonlyArray<readonly [Axis, ReadonlyArray<unknown>]> =>
          names.map((name, i) => [name, lists[i]!] as const),
      ),
  )

const seeds = fc.oneof(
  fc.record({
    seeds: fc.uniqueArray(fc.integer({ min: 0, max: Limits.maxSeed }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    seed: fc.integer({ min: 0, max: Limits.maxSeed }),
    repetitions: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ repetitions: fc.integer({ min: 1, max: 8 }) }),
  fc.constant({}),
)

const planned = (document: unknown, instead?: Experiment.Instead): Experiment.Plan =>
  Either.getOrThrow(
    Either.flatMap(Description.decode(document), (description) => Experiment.plan(description, instead)),
  )

const refusal = (document: unknown, instead?: Experiment.Instead): string => {
  const result = Either.flatMap(Description.decode(document), (description) =>
    Experiment.plan(description, instead),
  )
  return Either.isLeft(result) ? result.left.message : "accepted"
}

/** The grid's combinations by counting in mixed radix: an independent way to the same order. */
const counted = (grid: ReadonlyArray<readonly [Axis, ReadonlyArray<unknown>]>) => {
  const total = grid.reduce((product, [, list]) => product * list.length, 1)
  return Array.from({ length: total }, (_, i) => {
    let rest = i
    const combination: Record<string, unknown> = {}
    for (const [name, list] of [...grid].reverse()) {
      combination[name] = list[rest % list.length]
      rest = Math.floor(rest / list.length)
    }
    return combination
  })
}

const microseconds = (text: string) => Number(text.slice(0, -2)) * 1_000

describe("a grid", () => {
  it("gives every combination once with every seed, in order, the last axis varying fastest", () => {
    fc.assert(
      fc.property(grids, seeds, (grid, seeded) => {
        const plan = planned({ grid: Object.fromEntries(grid), ...seeded })
        const combinations = counted(grid)
        const repetitions = plan.runs.length / combinations.length
        expect(plan.settings).toHaveLength(combinations.length)
        const expected =
          "seeds" in seeded ? seeded.seeds.length : "repetitions" in seeded ? seeded.repetitions : 1
        expect(repetitions).toBe(expected)
        expect(plan.runs.map(({ number }) => number)).toEqual(plan.runs.map((_, i) => i + 1))
        for (const [i, run] of plan.runs.entries()) {
          expect(run.setting).toBe(Math.floor(i / repetitions))
          expect(run.repetition).toBe((i % repetitions) + 1)
          const { duration, ...rest } = combinations[run.setting]!
          expect(run.config).toMatchObject(rest)
          expect(run.config.durationUs).toBe(
            duration === undefined ? RunConfig.defaults.durationUs : microseconds(String(duration)),
          )
        }
        const made = new Set(plan.runs.map(({ config }) => JSON.stringify(config)))
        expect(made.size).toBe(plan.runs.length)
      }),
    )
  })

  it("gives only configurations that can be run, and the same on every call", () => {
    fc.assert(
      fc.property(grids, seeds, (grid, seeded) => {
        const document = { grid: Object.fromEntries(grid), ...seeded }
        const plan = planned(document)
        for (const { config } of plan.runs)
          expect(Either.getOrThrow(RunConfig.decode(config))).toEqual(config)
        expect(planned(structuredClone(document))).toEqual(plan)
      }),
    )
  })

  it("is combined with every listed setting, which go before what is the base of all", () => {
    const plan = planned({
      base: { sides: 20, capacity: 9 },
      settings: [{ name: "small", capacity: 2 }, { machines: 2 }],
      grid: {
        rateRange: [
          [1, 2],
          [2, 3],
        ],
      },
    })
    expect(plan.settings.map(({ name }) => name)).toEqual([
      "small, rates from 1..2",
      "small, rates from 2..3",
      "2 machines, rates from 1..2",
      "2 machines, rates from 2..3",
    ])
    expect(plan.settings.map(({ config }) => [config.sides, config.capacity, config.machines])).toEqual([
      [20, 2, 3],
      [20, 2, 3],
      [20, 9, 2],
      [20, 9, 2],
    ])
  })
})

describe("topology and pattern", () => {
  it("are axes as any other, and what cannot be is told where it was given", () => {
    const grid = { topology: ["cycles", "complete"], pattern: ["pair", "multicast:3", "broadcast"] }
    expect(refusal({ base: { machines: 5 }, grid })).toContain(
      "grid.pattern[1] must be multicast:K with K from 1 to 2",
    )
    const plan = planned({ base: { machines: 5 }, grid: { ...grid, topology: ["complete", "random:3"] } })
    expect(plan.settings.map(({ name }) => name).slice(2, 4)).toEqual([
      "topology complete, pattern broadcast",
      "topology random:3, pattern pair",
    ])
    expect(plan.runs[1]!.config).toMatchObject({ topology: "complete", pattern: "multicast:3" })
  })
})

describe("seeds", () => {
  it("that are given are taken as they are, the same for every setting", () => {
    const plan = planned({ seeds: [7, 0, 3], grid: { sides: [5, 10] } })
    expect(plan.runs.map(({ config }) => config.seed)).toEqual([7, 0, 3, 7, 0, 3])
  })

  it("that are drawn differ, follow from the base seed alone, and are added to by more repetitions", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Limits.maxSeed }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 50 }),
        (seed, few, more) => {
          const of = (repetitions: number, sides = 10) =>
            planned({ seed, repetitions, base: { sides } }).runs.map(({ config }) => config.seed)
          const drawn = of(few + more)
          expect(new Set(drawn).size).toBe(few + more)
          expect(of(few)).toEqual(drawn.slice(0, few))
          expect(of(few + more, 5)).toEqual(drawn)
        },
      ),
    )
  })

  it("of another base seed are others, and the command line's goes before the description's", () => {
    const seedsOf = (document: object, seed?: number) =>
      planned(document, { seed }).runs.map(({ config }) => config.seed)
    const one = seedsOf({ seed: 1, repetitions: 4 })
    expect(seedsOf({ repetitions: 4 })).toEqual(one)
    expect(seedsOf({ seed: 2, repetitions: 4 })).not.toEqual(one)
    expect(seedsOf({ seed: 2, repetitions: 4 }, 1)).toEqual(one)
    expect(seedsOf({ seeds: [5, 6, 7, 8] }, 1)).toEqual(one)
    expect(one).toEqual([973_898, 758_024, one[2], one[3]])
  })
})

describe("the preset assignment", () => {
  const runs = planned(Experiment.presets.assignment).runs
  it("is five runs of a minute, then five with a smaller rate variation, then five with fewer internal events", () => {
    expect(runs.map(({ config }) => config.seed)).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    for (const { config } of runs) expect(config).toMatchObject({ machines: 3, durationUs: 60_000_000 })
    for (const [i, { config }] of runs.entries()) {
      expect(config.rateRange).toEqual(i >= 5 && i < 10 ? [3, 5] : [1, 6])
      expect(config.sides).toBe(i < 10 ? 10 : 5)
    }
  })

  it("can be shortened, and is otherwise the same", () => {
    const short = planned(Experiment.presets.assignment, { durationUs: 10_000_000 }).runs
    expect(short).toEqual(
      runs.map(({ config, ...rest }) => ({ ...rest, config: { ...config, durationUs: 10_000_000 } })),
    )
  })
})

const refused: ReadonlyArray<readonly [document: unknown, ...told: ReadonlyArray<string>]> = [
  [null, "must be a description", "found null"],
  [[], "must be a description", "found []"],
  [{ sedes: [1] }, "sedes must not be there (did you mean seeds?)"],
  [{ base: { sidez: 3 } }, "base.sidez must not be there (did you mean sides?)"],
  [{ grid: { "rate-range": [[1, 2]] } }, "grid.rate-range must not be there (did you mean rateRange?)"],
  [{ settings: [{ nmae: "x" }] }, "settings[0].nmae must not be there (did you mean name?)"],
  [{ base: { seed: 3 } }, "base.seed must not be there", "seeds belong to the whole description"],
  [{ repetitions: 0 }, "repetitions must be a whole number of runs from 1 to 100000, found 0"],
  [{ repetitions: 1.5 }, "repetitions must be a whole number", "found 1.5"],
  [{ seeds: [] }, "seeds must be a list of seeds, at least one, found []"],
  [{ seeds: [1, 2, 1] }, "seeds[2] must differ from the seeds before it, found 1 again"],
  [{ seeds: [1, 2], repetitions: 3 }, "seeds must be one for each of the 3 repetitions, found 2"],
  [{ seeds: [1], seed: 2 }, "seed must not be there beside seeds"],
  [{ seeds: [-1] }, "seeds[0] must be a whole number from 0", "found -1"],
  [{ base: { duration: 60 } }, "base.duration must be a time with a unit", "found 60"],
  [{ base: { duration: "8d" } }, "base.duration must be", "to 7d", 'found "8d"'],
  [{ grid: { sides: [5, 2] } }, "grid.sides[1] must be a whole number of sides from 3", "found 2"],
  [{ grid: { sides: 5 } }, "grid.sides must be a list of values, found 5"],
  [
    {
      grid: {
        rates: [
          [1, 2, 3],
          [1, 0, 3],
        ],
      },
    },
    "grid.rates[1][1] must be a whole number of ticks",
    "found 0",
  ],
  [
    {
      grid: {
        rates: [
          [1, 2, 3],
          [1, 2],
        ],
      },
    },
    "grid.rates[1] must be one for each of the 3 machines, found 2",
  ],
  [{ base: { rates: [1, 2] } }, "base.rates must be one for each of the 3 machines, found 2"],
  [{ settings: [{}, { rateRange: [3, 2] }] }, "settings[1].rateRange must rise from low to high, found 3..2"],
  [{ base: { rateRange: [3] } }, "base.rateRange[1] must be given, found nothing"],
  [{ base: { rateRange: "1..6" } }, "base.rateRange must be two rates, such as [1, 6]", 'found "1..6"'],
  [{ settings: [{ sides: 5 }], grid: { sides: [5] } }, "settings[0].sides must not be there: the grid"],
  [{ settings: [{ sides: 5 }, { name: "5 sides" }] }, "settings[1] must differ", "the same name"],
  [
    { settings: [{ name: "a" }, { name: "b", sides: 10 }] },
    "settings[1] must differ",
    'same settings as in "a"',
  ],
  [{ grid: { sides: [5, 5] } }, "grid must differ"],
  [{ repetitions: 501, grid: { sides: [5, 6] } }, "must ask for at most 1000 runs, found 1002"],
  [{ name: "../x" }, "name must be a name of at most 64 letters", 'found "../x"'],
  [{ base: { overflow: "explode" } }, 'base.overflow must be "backpressure", "drop-newest" or "drop-oldest"'],
]

describe("a description that cannot be run", () => {
  for (const [document, ...told] of refused)
    it(`is refused with the place, what must hold and what was found: ${JSON.stringify(document)}`, () => {
      for (const words of told) expect(refusal(document)).toContain(words)
    })

  it("of a grid without end is counted and not built", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => i + 3)
    const grid = {
      sides: many,
      capacity: many,
      machines: many.slice(0, 900),
      duration: many.map((n) => `${n}ms`),
    }
    expect(refusal({ grid })).toContain("must ask for at most 1000 runs, found 900000000000")
  })

  it("has all its problems told at once", () => {
    expect(refusal({ repetitions: 0, base: { sides: 1 }, name: "" }).split("\n")).toHaveLength(3)
  })

  it("varies the duration although the command line says it", () => {
    const document = { grid: { duration: ["1s", "2s"] } }
    expect(planned(document).runs).toHaveLength(2)
    expect(refusal(document, { durationUs: 1_000 })).toContain("grid.duration must not be there")
  })
})
