import fc from "fast-check"
import { expect, it } from "vitest"
import { isSecondCopy, type Logged } from "../../../src/domain/ClockEvent.ts"
import * as Execution from "../../../src/domain/clocks/Execution.ts"
import * as PhysicalClocks from "../../../src/domain/clocks/PhysicalClocks.ts"
import { simulatedLog } from "../SimulatedLogs.ts"
import { simulate } from "../Simulator.ts"
import { machinesOf } from "./StampedLog.ts"

/** The most sends of which some message had no end yet, at any event. */
const mostInFlight = (log: ReadonlyArray<Logged>): number => {
  const left = new Map<string, number>()
  let most = 0
  for (const event of log) {
    if (event.kind === "sent") left.set(`${event.machine}/${event.version}`, event.payload.recipients.length)
    if (event.kind === "received" || (event.kind === "dropped" && !isSecondCopy(event))) {
      const key = `${event.payload.sender}/${event.payload.sendVersion}`
      left.set(key, left.get(key)! - 1)
      if (left.get(key) === 0) left.delete(key)
    }
    most = Math.max(most, left.size)
  }
  return most
}

const slotsOf = (log: ReadonlyArray<Logged>): number => {
  const execution = Execution.make(machinesOf(log), PhysicalClocks.make(1, 0))
  let most = -1
  for (const event of log) most = Math.max(most, execution.step(event)?.slot ?? -1)
  return most + 1
}

it("keeps stamps of no more sends than have messages in flight, however many are dropped", () => {
  fc.assert(
    fc.property(simulatedLog({ maxMachines: 6, maxDurationUs: 3_000_000 }), (log) => {
      expect(slotsOf(log)).toBe(mostInFlight(log))
    }),
    { numRuns: 60 },
  )
  const full = simulate({
    config: {
      machines: 3,
      rates: [1, 12, 12],
      sides: 3,
      seed: 2,
      capacity: 1,
      overflow: "drop-newest",
      durationUs: 60_000_000,
    },
  })
  expect(full.filter(({ kind }) => kind === "dropped").length).toBeGreaterThan(100)
  expect(slotsOf(full)).toBe(mostInFlight(full))
})

it("hands a receipt the slot of its own send, and none where the send is not known", () => {
  fc.assert(
    fc.property(simulatedLog({ maxMachines: 6, maxDurationUs: 2_000_000 }), (log) => {
      const execution = Execution.make(machinesOf(log), PhysicalClocks.make(1, 0))
      const sends = new Map<number, string>()
      for (const event of log) {
        const slot = execution.step(event)?.slot ?? -1
        if (event.kind === "sent" && slot >= 0) sends.set(slot, `${event.machine}/${event.version}`)
        if (event.kind === "received")
          expect(sends.get(slot)).toBe(`${event.payload.sender}/${event.payload.sendVersion}`)
      }
      expect(execution.strays()).toBe(0)
    }),
    { numRuns: 60 },
  )
})
