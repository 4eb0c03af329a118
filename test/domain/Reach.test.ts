/** Whom machines may send to, held to the words of docs/SPEC.md, said here once more. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Machine from "../../src/domain/Machine.ts"
import * as Random from "../../src/domain/Random.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Topology from "../../src/domain/Topology.ts"

const shapes = ["cycles", "complete", "ring", "star", "grid"] as const

const given = fc
  .record({
    machines: fc.integer({ min: 2, max: 60 }),
    seed: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    part: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    shape: fc.constantFrom(...shapes, "random"),
  })
  .map(({ machines, seed, part, shape }) => ({
    machines,
    seed,
    topology: shape === "random" ? `random:${1 + Math.floor(part * (machines - 1))}` : shape,
  }))

const reachOf = (config: { machines: number; seed: number; topology?: string; pattern?: string }) =>
  Reach.of({ mode: "virtual", pattern: "pair", ...config })

const machinesOf = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

/** How many machines are reached from one along links. */
const reachedFrom = (start: number, linksOf: (machine: number) => ReadonlyArray<number>): number => {
  const seen = new Set([start])
  for (const at of seen) for (const to of linksOf(at)) seen.add(to)
  return seen.size
}

describe("every topology", () => {
  it("is connected: every machine reaches every other, itself among nobody's links, in ascending order", () => {
    fc.assert(
      fc.property(given, (config) => {
        const { linksOf } = reachOf(config)
        for (const machine of machinesOf(config.machines)) {
          const links = linksOf(machine)
          expect(links).toEqual([...new Set(links)].sort((a, b) => a - b))
          expect(links).not.toContain(machine)
          expect(links.every((to) => to >= 1 && to <= config.machines)).toBe(true)
          expect(reachedFrom(machine, linksOf)).toBe(config.machines)
        }
      }),
    )
  })

  it("has the degrees that it promises, counted without drawing it", () => {
    fc.assert(
      fc.property(given, ({ machines, seed, topology }) => {
        const neighbours = Topology.neighbours(Topology.parse(topology)!, seed, machines)
        const degrees = machinesOf(machines).map((machine) => neighbours(machine).length)
        const links = degrees.reduce((a, b) => a + b)
        expect(Topology.degrees(Topology.parse(topology)!, machines)).toEqual({
          least: Math.min(...degrees),
          most: Math.max(...degrees),
          links,
        })
        const promised: Record<string, number> = {
          cycles: machines * Math.min(2, machines - 1),
          ring: machines * Math.min(2, machines - 1),
          complete: machines * (machines - 1),
          star: 2 * (machines - 1),
        }
        expect(links).toBe(promised[topology] ?? links)
        if (topology === "grid") expect(degrees.every((d) => d >= 1 && d <= 4)).toBe(true)
        if (topology.startsWith("random:"))
          expect(new Set(degrees)).toEqual(new Set([Number(topology.slice(7))]))
      }),
    )
  })

  it("is the same for the same seed, and random is another for another", () => {
    fc.assert(
      fc.property(given, (config) => {
        const lists = (seed: number) => machinesOf(config.machines).map(reachOf({ ...config, seed }).linksOf)
        expect(lists(config.seed)).toEqual(lists(config.seed))
      }),
    )
    const random = (seed: number) =>
      machinesOf(20).map(reachOf({ machines: 20, seed, topology: "random:3" }).linksOf)
    expect(random(1)).not.toEqual(random(2))
  })

  it("is what its name says, with eight machines", () => {
    const of = (topology: string) => machinesOf(8).map(reachOf({ machines: 8, seed: 1, topology }).linksOf)
    expect(of("ring")).toEqual([
      [2, 8],
      [1, 3],
      [2, 4],
      [3, 5],
      [4, 6],
      [5, 7],
      [6, 8],
      [1, 7],
    ])
    expect(of("star")).toEqual([[2, 3, 4, 5, 6, 7, 8], [1], [1], [1], [1], [1], [1], [1]])
    // 1 2 3 / 4 5 6 / 7 8
    expect(of("grid")).toEqual([
      [2, 4],
      [1, 3, 5],
      [2, 6],
      [1, 5, 7],
      [2, 4, 6, 8],
      [3, 5],
      [4, 8],
      [5, 7],
    ])
    expect(of("complete")[2]).toEqual([1, 2, 4, 5, 6, 7, 8])
  })

  it("links by random:D the successor in a drawn cycle and D - 1 that are drawn from the others", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 30 }), fc.nat(), fc.nat(), (n, seed, d) => {
        const out = 1 + (d % (n - 1))
        const draw = Random.draws(seed, Random.Purpose.configuration, 0)
        const order = machinesOf(n)
        for (let i = n - 1; i > 0; i--) {
          const j = Random.below(draw(), i + 1)
          ;[order[i], order[j]] = [order[j]!, order[i]!]
        }
        const { linksOf } = reachOf({ machines: n, seed, topology: `random:${out}` })
        for (const machine of machinesOf(n)) {
          const successor = order[(order.indexOf(machine) + 1) % n]!
          const rest = machinesOf(n).filter((other) => other !== machine && other !== successor)
          const taken: Array<number> = []
          for (let j = n - 2 - (out - 1); j < n - 2; j++) {
            const t = Random.below(draw(), j + 1)
            taken.push(taken.includes(t) ? j : t)
          }
          const expected = [successor, ...taken.map((i) => rest[i]!)].sort((a, b) => a - b)
          expect(linksOf(machine)).toEqual(expected)
        }
      }),
    )
  })
})

describe("the pattern", () => {
  it("broadcast has all others for its group, and links to them in every topology", () => {
    fc.assert(
      fc.property(given, (config) => {
        const { of, linksOf } = reachOf({ ...config, pattern: "broadcast" })
        for (const machine of machinesOf(config.machines)) {
          const others = machinesOf(config.machines).filter((other) => other !== machine)
          expect(of(machine).group).toEqual(others)
          expect(linksOf(machine)).toEqual(others)
        }
      }),
    )
  })

  it("multicast:K has K of the neighbours, the same whenever it is asked", () => {
    fc.assert(
      fc.property(given, fc.nat(), (config, pick) => {
        const { least } = Topology.degrees(Topology.parse(config.topology)!, config.machines)
        const size = 1 + (pick % least)
        const reach = reachOf({ ...config, pattern: `multicast:${size}` })
        for (const machine of machinesOf(config.machines)) {
          const { neighbours, group } = reach.of(machine)
          expect(group).toHaveLength(size)
          expect(group).toEqual([...new Set(group)].sort((a, b) => a - b))
          expect(group!.every((one) => neighbours.includes(one))).toBe(true)
          expect(reachOf({ ...config, pattern: `multicast:${size}` }).of(machine).group).toEqual(group)
        }
      }),
    )
    const groups = machinesOf(40).map((seed) =>
      String(reachOf({ machines: 9, seed, topology: "complete", pattern: "multicast:2" }).of(1).group),
    )
    expect(new Set(groups).size).toBeGreaterThan(10)
  })

  it("gives every link a place of its own among all", () => {
    fc.assert(
      fc.property(given, fc.constantFrom("pair", "broadcast"), (config, pattern) => {
        const { linksOf, placeOf } = reachOf({ ...config, pattern })
        const places = machinesOf(config.machines).flatMap((from) =>
          linksOf(from).map((to) => placeOf(from, to)),
        )
        const { length } = places
        const links = Reach.links({ mode: "virtual", ...config, pattern })
        expect(length).toBe(links)
        expect(new Set(places).size).toBe(length)
        expect(Math.max(-1, ...places)).toBe(length - 1)
      }),
    )
  })
})

describe("a roll", () => {
  /** Whom the next draw addresses, as docs/SPEC.md says, in whole numbers without bound. */
  const addressed = (
    draw: number,
    sides: number,
    neighbours: ReadonlyArray<number>,
    group: ReadonlyArray<number> | null,
  ) => {
    const product = BigInt(draw) * BigInt(sides)
    const [roll, left] = [1 + Number(product >> 32n), product & 0xffff_ffffn]
    const count = neighbours.length
    const i = count > 2 ? Number((left * BigInt(count)) >> 32n) : 0
    const [a, b] = [neighbours[i]!, neighbours[(i + 1) % count]!]
    if (roll === 1) return [a]
    if (roll === 2) return [b]
    if (roll > 3) return []
    return group ?? [...new Set([a, b])].sort((x, y) => x - y)
  }

  it("addresses whom the specification says, with one draw", () => {
    const pattern = fc.constantFrom("pair", "broadcast", "multicast:1")
    fc.assert(
      fc.property(given, pattern, fc.constantFrom(3, 4, 10, 1_000_000), (config, pattern, sides) => {
        const reach = reachOf({ ...config, pattern })
        const machine = 1 + (config.seed % config.machines)
        let state = Machine.inRun({ seed: config.seed, sides }, reach, machine)
        const draw = Random.draws(config.seed, Random.Purpose.roll, machine)
        const { neighbours, group } = reach.of(machine)
        for (let k = 0; k < 200; k++) {
          const event = Machine.decide(state, { input: "tick", taken: undefined, atUs: k, queueLength: 0 })
          const expected = addressed(draw(), sides, neighbours, group)
          expect(event.kind === "sent" ? event.payload.recipients : []).toEqual(expected)
          state = Machine.evolve(state, event)
        }
      }),
      { numRuns: 200 },
    )
  })

  it("goes to each of many neighbours equally often", () => {
    const config = { machines: 9, seed: 5, topology: "star" }
    const reach = reachOf(config)
    let state = Machine.inRun({ seed: 5, sides: 10 }, reach, 1)
    const counts = new Array<number>(10).fill(0)
    const rolls = 80_000
    for (let k = 0; k < rolls; k++) {
      const event = Machine.decide(state, { input: "tick", taken: undefined, atUs: k, queueLength: 0 })
      if (event.kind === "sent") for (const to of event.payload.recipients) counts[to]!++
      state = Machine.evolve(state, event)
    }
    // Of 80,000 rolls 4/10 of a message each, to one of eight: 4,000 with a deviation of some 62.
    for (const to of [2, 3, 4, 5, 6, 7, 8, 9])
      expect(Math.abs(counts[to]! - rolls * (4 / 80))).toBeLessThan(320)
  })

  it("of a machine with two neighbours or fewer is the roll of peers A and B, whatever names them", () => {
    for (const [machines, topology] of [
      [3, "cycles"],
      [3, "complete"],
      [3, "ring"],
      [3, "random:2"],
      [2, "star"],
      [2, "grid"],
    ] as const) {
      const [one, other] = [reachOf({ machines, seed: 4 }), reachOf({ machines, seed: 4, topology })]
      for (const machine of machinesOf(machines))
        expect(Machine.inRun({ seed: 4, sides: 10 }, other, machine)).toEqual(
          Machine.inRun({ seed: 4, sides: 10 }, one, machine),
        )
    }
  })
})

describe("what cannot be run", () => {
  const problemOf = (over: Partial<RunConfig.RunConfig>) => {
    const decoded = RunConfig.decode({ ...RunConfig.defaults, ...over })
    return decoded._tag === "Left" ? `${decoded.left.field} ${decoded.left.problem}` : undefined
  }

  it.each([
    [
      { machines: 90, topology: "complete" },
      "topology must make at most 8000 links in a real run, found 8010",
    ],
    [
      { machines: 90, pattern: "broadcast" },
      "pattern must make at most 8000 links in a real run, found 8010",
    ],
    [
      { ...RunConfig.virtualDefaults, machines: 2_001, topology: "complete" },
      "topology must make at most 4000000 links in a virtual run, found 4002000",
    ],
    [
      { ...RunConfig.virtualDefaults, machines: 10_002, topology: "star" },
      "topology must link no machine to more than 10000 others, found 10001",
    ],
    [{ machines: 1, topology: "random:1" }, "topology must be another than random:D for a single machine"],
    [{ machines: 1, pattern: "multicast:1" }, "pattern must be pair or broadcast for a single machine"],
    [
      { machines: 9, topology: "star", pattern: "multicast:2" },
      "pattern must be multicast:K with K from 1 to 1",
    ],
    [{ machines: 5, topology: "random:5" }, "topology must be random:D with D from 1 to 4"],
    [{ topology: "random:0" }, "topology must be"],
    [{ pattern: "multicast:" }, "pattern must be"],
  ])("%j is refused: %s", (over, problem) => {
    expect(problemOf(over)?.startsWith(problem)).toBe(true)
  })

  it("ends at the last that can: complete graphs and broadcasts of 89 machines, stars of ten thousand", () => {
    expect(problemOf({ machines: 89, topology: "complete", pattern: "broadcast" })).toBeUndefined()
    expect(problemOf({ ...RunConfig.virtualDefaults, machines: 10_001, topology: "star" })).toBeUndefined()
    expect(problemOf({ machines: 1, topology: "complete", pattern: "broadcast" })).toBeUndefined()
  })
})
