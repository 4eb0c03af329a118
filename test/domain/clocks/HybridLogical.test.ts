import fc from "fast-check"
import { expect, it } from "vitest"
import { hybridLogical } from "../../../src/domain/clocks/HybridLogical.ts"
import * as PhysicalClocks from "../../../src/domain/clocks/PhysicalClocks.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { pairs, stamped } from "./StampedLog.ts"

const logs = simulatedLog({ maxMachines: 6, maxDurationUs: 2_500_000 })
const skews = fc.constantFrom(0, 1, 1_000, 50_000, 2_000_000)

it("is never behind its machine's physical clock, nor ahead of it by more than the clocks differ", () => {
  let [ahead, furthest] = [0, 0]
  fc.assert(
    fc.property(logs, fc.nat(), skews, (log, seed, skewUs) => {
      for (const { at, stamp } of stamped(hybridLogical, log, { seed, skewUs }).entries) {
        const byUs = stamp.l - at.physicalUs
        expect(byUs).toBeGreaterThanOrEqual(0)
        expect(byUs).toBeLessThanOrEqual(skewUs)
        if (byUs > 0) ahead++
        if (skewUs > 0) furthest = Math.max(furthest, byUs / skewUs)
      }
    }),
    { numRuns: 100 },
  )
  // The bound means something: clocks are ahead, and come a good part of the way to it.
  expect(ahead).toBeGreaterThan(100)
  expect(furthest).toBeGreaterThan(0.4)
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
