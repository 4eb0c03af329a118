import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Random from "../../src/domain/Random.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as RunId from "../../src/domain/RunId.ts"
import * as Schedule from "../../src/domain/Schedule.ts"
import * as Topology from "../../src/domain/Topology.ts"

const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const outputs = (state: Random.Sfc32, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, () => {
    const word = Random.peek(state.a, state.b, state.counter)
    state = Random.advance(state)
    return word.toString(16).padStart(8, "0")
  })

describe("the generator", () => {
  it("gives the published vectors of sfc32", () => {
    expect(outputs(Random.fromWords(0, 2, 1), 16).join(" ")).toBe(
      "03b80bb8 a87dbc7e 1787178c 4c7b7234 c65dade2 2c692349 f52c2153 df098072 9d49b03c 9562381a c9b41738 64b75e54 36ce9b32 f106947e 0afc726b 549bbc87",
    )
    expect(outputs(Random.fromWords(0, 0, 0), 1)).toEqual(["fb52c520"])
  })

  it("has a stream of its own for each purpose and machine", () => {
    const firsts = Object.values(Random.Purpose).flatMap((purpose) =>
      [0, 1, 2, 3].map((index) => outputs(Random.stream(7, purpose, index), 4).join()),
    )
    expect(new Set(firsts).size).toBe(firsts.length)
  })

  it("scales a draw as whole-number arithmetic does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 2 ** 21 }),
        (draw, n) => {
          expect(Random.below(draw, n)).toBe(Number((BigInt(draw) * BigInt(n)) >> 32n))
        },
      ),
    )
  })
})

describe("the schedule", () => {
  const schedule = fc.record({
    rate: fc.integer({ min: 1, max: 1_000 }),
    durationUs: fc.integer({ min: 1, max: 3_000_000 }),
    u: fc.nat(999_999),
  })

  it("counts the ticks that are due as counting them one by one does", () => {
    fc.assert(
      fc.property(schedule, ({ rate, durationUs, u }) => {
        const phaseUs = u % Math.floor(1_000_000 / rate)
        let count = 0
        while (Schedule.offsetUs(phaseUs, rate, count) < durationUs) count++
        expect(Schedule.ticksDue(phaseUs, rate, durationUs)).toBe(count)
        expect(Schedule.firstTickAfter(phaseUs, rate, durationUs - 1)).toBe(count)
      }),
    )
  })

  it("does not drift: after any whole number of seconds exactly that many seconds' ticks are due", () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 604_800 }), ({ rate, u }, seconds) => {
        const phaseUs = u % Math.floor(1_000_000 / rate)
        expect(Schedule.ticksDue(phaseUs, rate, seconds * 1_000_000)).toBe(rate * seconds)
        expect(Schedule.offsetUs(phaseUs, rate, rate * seconds)).toBe(phaseUs + seconds * 1_000_000)
      }),
    )
  })
})

describe("the graph", () => {
  /** The successors in one cycle, drawn as docs/SPEC.md says, in the test's own words. */
  const cycle = (n: number, draw: () => number): ReadonlyArray<number> => {
    const order = Array.from({ length: n }, (_, i) => i + 1)
    for (let i = n - 1; i > 0; i--) {
      const j = Number((BigInt(draw()) * BigInt(i + 1)) >> 32n)
      ;[order[i], order[j]] = [order[j]!, order[i]!]
    }
    const next: Array<number> = [0]
    order.forEach((machine, i) => {
      next[machine] = order[(i + 1) % n]!
    })
    return next
  }

  it("is for 3 to 200 machines the union of two arc-disjoint Hamiltonian cycles", () => {
    for (let n = 3; n <= 200; n++) {
      const draw = Random.draws(n * 31, Random.Purpose.configuration, 0)
      const first = cycle(n, draw)
      let second = cycle(n, draw)
      while (second.some((to, from) => from > 0 && to === first[from])) second = cycle(n, draw)
      const graph = Topology.twoCycles(n * 31, n)
      const indegree = new Array<number>(n + 1).fill(0)
      for (let machine = 1; machine <= n; machine++) {
        const peers = Topology.peersOf(graph, machine)
        expect(peers).toEqual([first[machine]!, second[machine]!].sort((a, b) => a - b))
        for (const peer of peers) indegree[peer]!++
      }
      expect(indegree.slice(1).every((d) => d === 2)).toBe(true)
    }
  })

  it("holds two Hamiltonian cycles, found by search in small graphs", () => {
    const isCycle = (next: ReadonlyArray<number>, n: number) => {
      const seen = new Set<number>()
      for (let at = 1; !seen.has(at); at = next[at]!) seen.add(at)
      return seen.size === n
    }
    for (let n = 3; n <= 10; n++)
      for (let seed = 0; seed < 5; seed++) {
        const { a, b } = Topology.twoCycles(seed, n)
        const splits = Array.from({ length: 2 ** n }, (_, bits) => {
          const choose = (which: number) => [
            0,
            ...Array.from({ length: n }, (_, i) => (((bits >> i) & 1) === which ? a : b)[i + 1]!),
          ]
          return isCycle(choose(1), n) && isCycle(choose(0), n)
        })
        expect(splits.some((works) => works)).toBe(true)
      }
  })

  it("is the other two with three machines, the other one with two, nobody with one", () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const three = Topology.twoCycles(seed, 3)
        expect([1, 2, 3].map((m) => Topology.peersOf(three, m))).toEqual([
          [2, 3],
          [1, 3],
          [1, 2],
        ])
        expect([1, 2].map((m) => Topology.peersOf(Topology.twoCycles(seed, 2), m))).toEqual([[2], [1]])
        expect(Topology.peersOf(Topology.twoCycles(seed, 1), 1)).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})

describe("a configuration", () => {
  const config = (over: Partial<RunConfig.RunConfig>) => ({ ...RunConfig.defaults, ...over })

  it("draws distinct rates while the range has enough, and each phase within its period", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 20 }), (seed, machines) => {
        const rates = Array.from(RunConfig.ratesOf(config({ seed, machines }))).slice(1)
        for (let from = 0; from < machines; from += 6) {
          const dealt = rates.slice(from, from + 6)
          expect(new Set(dealt).size).toBe(dealt.length)
        }
        expect(rates.every((rate) => rate >= 1 && rate <= 6)).toBe(true)
        rates.forEach((rate, i) => {
          const phaseUs = RunConfig.phaseOf(seed, i + 1, rate)
          expect(phaseUs >= 0 && phaseUs < Math.floor(1_000_000 / rate)).toBe(true)
        })
      }),
    )
  })

  it("keeps the rates that are given, and repeats drawn ones where it may", () => {
    expect(Array.from(RunConfig.ratesOf(config({ rates: [5, 5, 1] })))).toEqual([0, 5, 5, 1])
    const drawn = RunConfig.ratesOf(config({ machines: 40, equalRates: true, rateRange: [2, 4] })).slice(1)
    expect(new Set(drawn)).toEqual(new Set([2, 3, 4]))
  })

  it.each<readonly [string, unknown, string]>([
    ["mode", "x", 'must be "real" or "virtual", found "x"'],
    [
      "machines",
      0,
      "must be a whole number of machines, 1 to 1000 in a real run and to 1000000 in a virtual one, found 0",
    ],
    ["seed", -1, "must be a whole number from 0 to 9007199254740991, found -1"],
    ["durationUs", 1, "must be between 1ms and 7d, found 1"],
    [
      "rates",
      [1, 0, 3],
      "machine 2's rate must be a whole number of ticks per second from 1 to 1000, found 0",
    ],
    ["rates", [1], "must be one for each of the 3 machines, found 1"],
    ["rates", "no", 'must be a list of rates, found "no"'],
    ["rateRange", [0, 6], "must be a whole number of ticks per second from 1 to 1000, found 0"],
    ["rateRange", [6, 1], "must rise from low to high, found 6..1"],
    ["rateRange", "x", 'must be two rates, low and high, found "x"'],
    ["equalRates", "yes", 'must be true or false, found "yes"'],
    ["sides", 2, "must be a whole number of sides from 3 to 1000000, found 2"],
    [
      "pattern",
      "all",
      'must be "pair", "multicast:K" (K a whole number from 1 on) or "broadcast", found "all"',
    ],
    [
      "topology",
      "tree",
      'must be "cycles", "complete", "ring", "star", "grid" or "random:D" (D a whole number from 1 on), found "tree"',
    ],
    [
      "pattern",
      "multicast:3",
      'must be multicast:K with K from 1 to 2, as of 3 machines in topology cycles some have no more than 2 neighbours, found "multicast:3"',
    ],
    [
      "topology",
      "random:3",
      'must be random:D with D from 1 to 2, the others of 3 machines, found "random:3"',
    ],
    ["capacity", 0, "must be a whole number of messages from 1 to 65536, found 0"],
    ["overflow", "no", 'must be "backpressure", "drop-newest" or "drop-oldest", found "no"'],
  ])("whose %s is %j says what must hold", (field, value, problem) => {
    expect(RunConfig.decode({ ...RunConfig.defaults, [field]: value })).toMatchObject({
      _tag: "Left",
      left: { field, problem, message: `Cannot make a run: ${field}: ${problem}` },
    })
  })

  it.each([null, undefined, 5, {}])("that is %j says what is not given", (value) => {
    expect(RunConfig.decode(value)).toMatchObject({
      left: { field: "mode", message: "Cannot make a run: mode: must be given, found nothing" },
    })
  })

  it("of the defaults can be run", () => {
    expect(RunConfig.decode(RunConfig.defaults)).toMatchObject({ right: RunConfig.defaults })
  })
})

describe("a run's name", () => {
  it("is twelve lowercase letters and digits, no letter favoured", () => {
    expect(RunId.fromBytes(Uint8Array.from({ length: 16 }, (_, i) => (i < 4 ? 252 + i : i - 4)))).toBe(
      "abcdefghijkl",
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12, max: 251 }), (bytes) => {
        expect(RunId.fromBytes(bytes)).toMatch(/^[a-z0-9]{12}$/)
      }),
    )
  })

  it("is referred to by itself, a prefix, or latest", () => {
    expect(["latest", "a", "abc123abc123"].every(RunId.isReference)).toBe(true)
    expect(["", "ABC", "a-b", "abc123abc1234"].some(RunId.isReference)).toBe(false)
  })
})
