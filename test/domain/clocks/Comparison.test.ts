import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Recorded } from "../../../src/domain/ClockEvent.ts"
import type { Clock } from "../../../src/domain/clocks/Clock.ts"
import * as Comparison from "../../../src/domain/clocks/Comparison.ts"
import { lamport } from "../../../src/domain/clocks/Lamport.ts"
import { registry } from "../../../src/domain/clocks/Registered.ts"
import * as Limits from "../../../src/domain/Limits.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { simulate } from "../Simulator.ts"
import { encoded, machinesOf, pairs, stamped } from "./StampedLog.ts"

const skewUs = 20_000

const compared = (
  log: ReadonlyArray<Recorded>,
  machines: number,
  options: Partial<Comparison.Options> = {},
): Comparison.Compared => {
  let ms = 0
  const comparison = Comparison.make({
    ...{ clocks: registry, machines, head: log.length, seed: 1, skewUs, hasTimes: true, now: () => ms++ },
    ...options,
  })
  for (const event of log) comparison.step(event)
  return comparison.finish()
}

/** A clock that knows nothing, and one that has it backwards. */
const blind: Clock<number> = { ...lamport, name: "blind", compare: () => "concurrent" }
const backwards: Clock<number> = { ...lamport, name: "backwards", compare: (a, b) => lamport.compare(b, a) }

describe("all pairs of a run", () => {
  it("are counted as a walk through the graph of its events finds them", () => {
    fc.assert(
      fc.property(simulatedLog({ maxMachines: 5, maxDurationUs: 2_500_000 }), (log) => {
        const clocks = [...registry, blind, backwards]
        const found = compared(log, machinesOf(log), { clocks })
        for (const [i, clock] of clocks.entries()) {
          const stampedLog = stamped(clock, log, { skewUs })
          let [concurrent, causal, ordered, inverted, unordered, reversed] = [0, 0, 0, 0, 0, 0]
          for (const { a, b, happened, told } of pairs(clock, stampedLog)) {
            if (happened === "before") {
              causal++
              if (told === "after") reversed++
              else if (told !== "before") unordered++
            }
            if (happened !== "concurrent" || a.event.position > b.event.position) continue
            concurrent++
            if (told !== "before" && told !== "after") continue
            ordered++
            const [early, late] = told === "before" ? [a, b] : [b, a]
            if (early.event.occurredAtUs > late.event.occurredAtUs) inverted++
          }
          const share = (part: number, whole: number) => ({
            share: whole === 0 ? null : part / whole,
            standardError: null,
          })
          expect(found.concurrent.compared).toBe(concurrent)
          expect(found.causal.compared).toBe(causal)
          expect(found.clocks[i]).toMatchObject({
            falseOrder: share(ordered, concurrent),
            inverted: share(inverted, concurrent),
            unordered: share(unordered, causal),
            reversed: share(reversed, causal),
          })
          const sizes = stampedLog.entries.map(({ stamp }) => encoded<unknown>(clock, stamp).length / 2)
          expect(found.clocks[i]!.largestBytes).toBe(Math.max(0, ...sizes))
          expect(found.clocks[i]!.meanBytes).toBeCloseTo(
            sizes.length === 0 ? 0 : sizes.reduce((sum, size) => sum + size) / sizes.length,
            9,
          )
        }
      }),
      { numRuns: 25 },
    )
  })
})

describe("a sample of the pairs of a longer run", () => {
  const log = simulate({ config: { machines: 4, rates: [9, 11, 4, 12], seed: 5, durationUs: 100_000_000 } })
  const machines = 4
  const clocks = [...registry, blind, backwards]
  const exact = compared(log, machines, { clocks, allPairsUpTo: log.length })

  it("estimates what all pairs give, within its standard errors", () => {
    expect(log.length).toBeGreaterThan(Limits.maxEventsComparedInPairs)
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1)
    const samples = seeds.map((seed) => compared(log, machines, { clocks, seed, skewUs: 0 }))
    const timeless = compared(log, machines, { clocks, skewUs: 0, allPairsUpTo: log.length })
    const deviations = samples.flatMap((sample) => {
      expect(sample.sample?.anchors).toBeGreaterThan(900)
      expect(sample.concurrent.compared).toBeLessThan(exact.concurrent.compared)
      return clocks.flatMap((_, i) =>
        (["falseOrder", "inverted", "unordered", "reversed"] as const).flatMap((measure) => {
          const [of, all] = [sample.clocks[i]![measure]!, timeless.clocks[i]![measure]!]
          if (of.standardError === 0 || all.share === 0 || all.share === 1) {
            expect(of.share).toBe(all.share)
            return []
          }
          return [(of.share! - all.share!) / of.standardError!]
        }),
      )
    })
    expect(deviations.length).toBeGreaterThan(30)
    expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4.5)
    const meanSquare = deviations.reduce((sum, by) => sum + by * by, 0) / deviations.length
    // Near 1 if the standard errors are what they say.
    expect(meanSquare).toBeGreaterThan(0.3)
    expect(meanSquare).toBeLessThan(2)
  })

  it("counts the parts of the pairs that are concurrent and causal", () => {
    const { concurrent, causal } = compared(log, machines)
    for (const [sample, all] of [
      [concurrent, exact.concurrent],
      [causal, exact.causal],
    ] as const)
      expect(Math.abs(sample.among.share! - all.among.share!)).toBeLessThan(4.5 * sample.among.standardError!)
    expect(concurrent.among.share! + causal.among.share!).toBeCloseTo(1, 9)
  })
})
