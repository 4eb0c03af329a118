import fc from "fast-check"
import { expect, it } from "vitest"
import { type Hybrid, hybridLogical } from "../../../src/domain/clocks/HybridLogical.ts"
import * as PhysicalClocks from "../../../src/domain/clocks/PhysicalClocks.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { simulate } from "../Simulator.ts"
import { pairs, type StampedLog, stamped } from "./StampedLog.ts"

const logs = simulatedLog({ maxMachines: 6, maxDurationUs: 2_500_000 })
const skews = fc.constantFrom(0, 1, 1_000, 50_000, 2_000_000)

const aheadOf = (entries: StampedLog<Hybrid>["entries"]): ReadonlyArray<number> =>
  entries.map(({ at, stamp }) => stamp.l - at.physicalUs)

it("is never behind its machine's physical clock, nor ahead of it by more than the clocks differ", () => {
  fc.assert(
    fc.property(logs, fc.nat(), skews, (log, seed, skewUs) => {
      for (const byUs of aheadOf(stamped(hybridLogical, log, { seed, skewUs }).entries)) {
        expect(byUs).toBeGreaterThanOrEqual(0)
        expect(byUs).toBeLessThanOrEqual(skewUs)
      }
    }),
    { numRuns: 100 },
  )
})

it("comes a good part of the way to that bound, so that it means something", () => {
  const log = simulate({
    config: { machines: 6, sides: 3, seed: 1, durationUs: 20_000_000 },
    maxDelayUs: 1_000,
  })
  const skewUs = 2_000_000
  const ahead = [1, 2, 3, 4].flatMap((seed) => aheadOf(stamped(hybridLogical, log, { seed, skewUs }).entries))
  expect(Math.max(...ahead) / skewUs).toBeGreaterThan(0.4)
  expect(ahead.filter((byUs) => byUs > 0).length).toBeGreaterThan(100)
})

it("holds in l the largest physical time that the event knows of, its own included", () => {
  fc.assert(
    fc.property(logs, fc.nat(), skews, (log, seed, skewUs) => {
      const { entries, graph } = stamped(hybridLogical, log, { seed, skewUs })
      for (const { address, at, stamp } of entries) {
        const known = entries.filter((other) => graph.happenedBefore(other.address, address))
        expect(stamp.l).toBe(Math.max(at.physicalUs, ...known.map((other) => other.at.physicalUs)))
      }
    }),
    { numRuns: 30 },
  )
})

it("counts in c no further than there are events at the same l that know of each other", () => {
  fc.assert(
    fc.property(logs, fc.nat(), skews, (log, seed, skewUs) => {
      const { entries, graph } = stamped(hybridLogical, log, { seed, skewUs })
      for (const { address, stamp } of entries) {
        const known = entries.filter(
          (other) => other.stamp.l === stamp.l && graph.happenedBefore(other.address, address),
        )
        expect(stamp.c).toBeLessThanOrEqual(known.length)
      }
    }),
    { numRuns: 30 },
  )
})

it("without skew follows time wherever times differ by as much as it looks at", () => {
  fc.assert(
    fc.property(logs, (log) => {
      for (const { a, b, told } of pairs(hybridLogical, stamped(hybridLogical, log)))
        if (a.at.physicalUs < b.at.physicalUs) expect(told).toBe("before")
    }),
    { numRuns: 30 },
  )
})

it("modelled physical clocks differ by no more than the bound, and come near it", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 1_000_000 }), (seed, boundUs) => {
      const { read } = PhysicalClocks.make(seed, boundUs)
      const shown = Array.from({ length: 200 }, (_, i) => read(i + 1, 1_700_000_000_000_000))
      const spread = Math.max(...shown) - Math.min(...shown)
      expect(spread).toBeLessThanOrEqual(boundUs)
      expect(spread).toBeGreaterThanOrEqual(Math.floor(0.8 * boundUs))
    }),
    { numRuns: 50 },
  )
})
