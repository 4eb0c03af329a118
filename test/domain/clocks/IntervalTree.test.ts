import fc from "fast-check"
import { expect, it } from "vitest"
import * as Itc from "../../../src/domain/clocks/IntervalTree.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { encoded, pairs, stamped } from "./StampedLog.ts"

it("orders two events of a run if and only if one happened before the other", () => {
  fc.assert(
    fc.property(simulatedLog({ maxMachines: 6, maxDurationUs: 3_000_000 }), (log) => {
      for (const { a, b, happened, told } of pairs(Itc.intervalTree, stamped(Itc.intervalTree, log)))
        expect([a.address, b.address, told]).toEqual([a.address, b.address, happened])
    }),
    { numRuns: 60 },
  )
})

/** What somebody does, those who do it drawn by their place among those who are there. */
type Move =
  | { readonly move: "event"; readonly who: number }
  | { readonly move: "fork"; readonly who: number }
  | { readonly move: "join" | "tell"; readonly who: number; readonly other: number }

const moves: fc.Arbitrary<ReadonlyArray<Move>> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ move: fc.constant("event" as const), who: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ move: fc.constant("fork" as const), who: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        move: fc.constantFrom("join" as const, "tell" as const),
        who: fc.nat(),
        other: fc.nat(),
      }),
    },
  ),
  { maxLength: 60, size: "max" },
)

interface Somebody {
  readonly stamp: Itc.Stamp
  /** The events that it knows of, as the definition has it: a causal history. */
  readonly history: ReadonlySet<number>
}

interface Outcome {
  readonly present: ReadonlyArray<Somebody>
  /** Every event as it was, whoever has forked, joined or gone since; event i is the ith. */
  readonly events: ReadonlyArray<Somebody>
}

const live = (all: ReadonlyArray<Move>): Outcome => {
  const present: Array<Somebody> = [{ stamp: Itc.seed, history: new Set() }]
  const events: Array<Somebody> = []
  const withEvent = ({ stamp, history }: Somebody): Somebody => {
    const after = { stamp: Itc.event(stamp), history: new Set([...history, events.length]) }
    events.push(after)
    return after
  }
  for (const move of all) {
    const who = move.who % present.length
    const one = present[who]!
    if (move.move === "event") present[who] = withEvent(one)
    else if (move.move === "fork") {
      const [stays, comes] = Itc.fork(one.stamp)
      present[who] = { stamp: stays, history: one.history }
      present.push({ stamp: comes, history: one.history })
    } else {
      const other = move.other % present.length
      if (other === who) continue
      const { stamp, history } = present[other]!
      const history2 = new Set([...one.history, ...history])
      if (move.move === "tell")
        present[who] = withEvent({ stamp: Itc.join(one.stamp, Itc.peek(stamp)), history: history2 })
      else {
        present[who] = { stamp: Itc.join(one.stamp, stamp), history: history2 }
        present.splice(other, 1)
      }
    }
  }
  return { present, events }
}

const isWithin = (a: ReadonlySet<number>, b: ReadonlySet<number>) => [...a].every((event) => b.has(event))
const orderOf = (a: ReadonlySet<number>, b: ReadonlySet<number>) =>
  isWithin(a, b) ? (isWithin(b, a) ? "equal" : "before") : isWithin(b, a) ? "after" : "concurrent"

it("under any forks, events, joins and messages, those who are there compare as what they know", () => {
  let concurrent = 0
  fc.assert(
    fc.property(moves, (all) => {
      const { present } = live(all)
      for (const a of present)
        for (const b of present) {
          const order = orderOf(a.history, b.history)
          expect(Itc.compare(a.stamp, b.stamp)).toBe(order)
          if (order === "concurrent") concurrent++
        }
    }),
    { numRuns: 500 },
  )
  expect(concurrent).toBeGreaterThan(1_000)
})

it("and an event happened before another if and only if its stamp is below, whoever owns its part by then", () => {
  fc.assert(
    fc.property(moves, (all) => {
      const { events } = live(all)
      for (const [i, a] of events.entries())
        for (const [j, b] of events.entries())
          if (i !== j)
            expect([i, j, Itc.compare(a.stamp, b.stamp)]).toEqual([
              i,
              j,
              b.history.has(i) ? "before" : a.history.has(j) ? "after" : "concurrent",
            ])
    }),
    { numRuns: 300 },
  )
})

it("those who are there own parts that do not overlap and together are all", () => {
  const owned = (id: Itc.Id, at: number): boolean =>
    id === 0 ? false : id === 1 ? true : at < 0.5 ? owned(id[0], 2 * at) : owned(id[1], 2 * at - 1)
  fc.assert(
    fc.property(moves, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (all, at) => {
      expect(live(all).present.filter(({ stamp }) => owned(stamp.id, at))).toHaveLength(1)
    }),
  )
  for (const machines of [1, 2, 3, 7, 64])
    for (const at of [0, 0.3, 0.77])
      expect(
        Array.from({ length: machines }, (_, i) => Itc.intervalTree.initial(i + 1, machines)).filter(
          ({ id }) => owned(id, at),
        ),
      ).toHaveLength(1)
})

it("is as the paper draws it: fork, events, a join whose fill makes the tree simpler", () => {
  const [a, b] = Itc.fork(Itc.seed)
  const a1 = Itc.event(a)
  expect(Itc.intervalTree.show(a1)).toBe("(0 1 0)")
  const b2 = Itc.event(Itc.event(b))
  expect(Itc.intervalTree.show(b2)).toBe("(0 0 2)")
  const [a1a, c] = Itc.fork(a1)
  const a2 = Itc.event(a1a)
  expect(Itc.intervalTree.show(a2)).toBe("(0 (1 1 0) 0)")
  const joined = Itc.join(b2, c)
  expect(Itc.intervalTree.show(joined)).toBe("(1 0 1)")
  const all = Itc.join(a2, joined)
  expect(all.id).toBe(1)
  expect(Itc.intervalTree.show(all)).toBe("(1 (0 1 0) 1)")
  expect(Itc.intervalTree.show(Itc.event(all))).toBe("2")
})

it("fills what is owned no higher than what is known beside it, and grows where that takes the fewest nodes", () => {
  const beside: Itc.Tree = { n: 0, left: 0, right: { n: 1, left: 0, right: 2 } }
  expect(Itc.intervalTree.show(Itc.event({ id: [1, 0], event: beside }))).toBe("(1 0 (0 0 2))")
  expect(Itc.intervalTree.show(Itc.event({ id: [[1, 0], 1], event: 0 }))).toBe("(0 0 1)")
  expect(Itc.intervalTree.show(Itc.event({ id: [1, [0, 1]], event: 0 }))).toBe("(0 1 0)")
})

it("takes the bits of the paper's encoding", () => {
  const bytesOf = (event: Itc.Tree) => encoded(Itc.intervalTree, { id: 0, event })
  // 1 0 00: a leaf of 0 in two bits.
  expect(bytesOf(0)).toBe("80")
  // 1 10 001: 5 is beyond four numbers, so 1 of the eight that come next.
  expect(bytesOf(5)).toBe("c4")
  // 0 00, then 1 0 11: nothing at the root and on the left, 3 on the right.
  expect(bytesOf({ n: 0, left: 0, right: 3 })).toBe("16")
})

it("two who own the same part cannot be joined, and who owns none has no events", () => {
  expect(() => Itc.join(Itc.seed, Itc.seed)).toThrow("own the same part")
  expect(() => Itc.event(Itc.peek(Itc.seed))).toThrow("owns no part")
})
