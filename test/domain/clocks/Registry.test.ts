/** What must hold of every clock of the registry, whatever its kind. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { registry } from "../../../src/domain/clocks/Registered.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { encoded, pairs, stamped } from "./StampedLog.ts"

const logs = simulatedLog({ maxMachines: 6, maxDurationUs: 2_500_000 })

it("clocks have names of their own", () => {
  expect(new Set(registry.map(({ name }) => name)).size).toBe(registry.length)
  for (const { name } of registry) expect(name).toMatch(/^[a-z][a-z0-9-]*$/)
})

describe.each(registry.map((clock) => [clock.name, clock] as const))("%s", (_, clock) => {
  it("orders a before b whenever a happened before b", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, seed) => {
        for (const { a, b, happened, told } of pairs(clock, stamped(clock, log, { seed, skewUs: 300_000 })))
          if (happened === "before")
            expect([a.address, b.address, told]).toEqual([a.address, b.address, "before"])
      }),
      { numRuns: 40 },
    )
  })

  it("says the same of two events from either side", () => {
    const mirrored = { before: "after", after: "before", concurrent: "concurrent", equal: "equal" }
    fc.assert(
      fc.property(logs, (log) => {
        for (const { a, b, told } of pairs(clock, stamped(clock, log)))
          expect(clock.compare(b.stamp, a.stamp)).toBe(mirrored[told])
      }),
      { numRuns: 20 },
    )
  })

  it("encodes different stamps as different bytes, and equal ones as the same", () => {
    fc.assert(
      fc.property(logs, (log) => {
        const { entries } = stamped(clock, log)
        const shown = new Map(entries.map(({ stamp }) => [clock.show(stamp), encoded(clock, stamp)]))
        for (const { stamp } of entries) expect(encoded(clock, stamp)).toBe(shown.get(clock.show(stamp)))
        expect(new Set(shown.values()).size).toBe(shown.size)
      }),
      { numRuns: 40 },
    )
  })
})
