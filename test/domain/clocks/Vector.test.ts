import fc from "fast-check"
import { expect, it } from "vitest"
import { vector } from "../../../src/domain/clocks/Vector.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { pairs, stamped } from "./StampedLog.ts"

it("orders two events if and only if one happened before the other", () => {
  fc.assert(
    fc.property(simulatedLog({ maxMachines: 6, maxDurationUs: 3_000_000 }), (log) => {
      for (const { a, b, happened, told } of pairs(vector, stamped(vector, log)))
        expect([a.address, b.address, told]).toEqual([a.address, b.address, happened])
    }),
    { numRuns: 60 },
  )
})

it("counts in each entry the events of that machine that an event knows of", () => {
  const at = (machine: number) => ({ machine, version: 1, physicalUs: 0 })
  const sent = vector.send(vector.local(vector.initial(1, 3), at(1)), at(1))
  expect(sent).toEqual([2, 0, 0])
  expect(vector.receive(vector.local(vector.initial(2, 3), at(2)), sent, at(2))).toEqual([2, 2, 0])
})
