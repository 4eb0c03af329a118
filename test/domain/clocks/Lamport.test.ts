import fc from "fast-check"
import { expect, it } from "vitest"
import { lamport } from "../../../src/domain/clocks/Lamport.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { pairs, stamped } from "./StampedLog.ts"

it("gives every event the clock that its machine recorded", () => {
  fc.assert(
    fc.property(simulatedLog({ maxMachines: 6, maxDurationUs: 3_000_000 }), (log) => {
      for (const { event, stamp } of stamped(lamport, log).entries) expect(stamp).toBe(event.lamport)
    }),
    { numRuns: 60 },
  )
})

it("leaves of concurrent events those with the same clock unordered, and no others", () => {
  fc.assert(
    fc.property(simulatedLog({ maxMachines: 4, maxDurationUs: 2_000_000 }), (log) => {
      for (const { a, b, happened, told } of pairs(lamport, stamped(lamport, log)))
        if (happened === "concurrent") expect(told === "equal").toBe(a.event.lamport === b.event.lamport)
    }),
    { numRuns: 30 },
  )
})
