/** Delivery orders hold over random runs; without their layer they do not, and the record tells so. */
import { describe, expect, it } from "vitest"
import type { Logged, Received } from "../../../src/domain/ClockEvent.ts"
import { orders } from "../../../src/domain/DeliveryOrder.ts"
import * as Digest from "../../../src/domain/Digest.ts"
import * as RecordDecoder from "../../../src/domain/RecordDecoder.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import * as Engine from "../../../src/runtime/virtual/Engine.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { brokenLayers, slow, switchedOff, told } from "./DeliveryOrders.ts"
import { plantedEngines } from "./PlantedEngine.ts"

const runs = 15
const mostRuns = 100
const startUs = 1_700_000_000_000_000
const log = (config: ReturnType<typeof slow>): ReadonlyArray<Logged> => {
  let position = 0
  return [...VirtualRun.turns(config, startUs)].flatMap(({ events }) =>
    events.map((event) => ({ ...event, position: ++position }) as Logged),
  )
}
const isHeld = (event: Logged): event is Logged<Received> =>
  event.kind === "received" && event.payload.heldFor !== undefined
const failuresOf = (events: ReadonlyArray<Logged>) =>
  Verification.verify(events).checks.flatMap(({ failures }) => failures)

describe.each(orders)("%s order", (order) => {
  const first = Math.floor(Math.random() * 1_000_000_000)

  it(`holds, and holds messages back, of seeds from ${first}`, () => {
    let withHeld = 0
    for (let seed = first; seed < first + runs; seed++) {
      const found = told(slow(seed, order), VirtualRun.turns)
      expect(found.first, `seed ${seed}`).toBeUndefined()
      if (found.held > 0) withHeld++
    }
    expect(withHeld).toBeGreaterThanOrEqual(0.9 * runs)
  })

  it(`is found not to hold where the layer is switched off, of seeds from ${first}`, () => {
    let found = 0
    for (let seed = first; seed < first + runs; seed++)
      if (switchedOff(slow(seed, order), VirtualRun.turns).violations > 0) found++
    expect(found).toBeGreaterThanOrEqual(0.8 * runs)
  })

  it.each(brokenLayers(order))(
    `is found not to hold where one comparison is broken, %s, of seeds from ${first}`,
    async (name) => {
      using copy = await plantedEngines("delivery", name)
      let found: string | undefined
      let seed = first
      for (; found === undefined && seed < first + mostRuns; seed++)
        found = told(slow(seed, order), copy.engines.turns).first
      console.log(`${name}: found after ${seed - first} runs: ${found}`)
      expect(found).toBeDefined()
    },
  )

  it("says of receipts for how long they were held back and for which message, which is held to the record", () => {
    const events = log(slow(7, order))
    expect(failuresOf(events)).toEqual([])
    const place = events.findIndex(isHeld)
    const event = events[place] as Logged<Received>
    const altered = (payload: Partial<Received["payload"]>) =>
      failuresOf(events.with(place, { ...event, payload: { ...event.payload, ...payload } } as Logged))
    const { sender, sendVersion, arrivedAtUs, sentAtUs } = event.payload
    const held = [
      expect.objectContaining({
        rule: "held",
        events: expect.arrayContaining([`${event.machine}/${event.version}`]),
      }),
    ]
    expect(altered({ heldFor: `${sender}/${sendVersion}` })).toEqual(held)
    expect(altered({ heldUs: arrivedAtUs - sentAtUs })).toEqual(held)
    expect(altered({ heldFor: "9/1" })).toEqual(held)
  })

  it("is what messages are held back for: where a run has none, none are", () => {
    const events = log(slow(7, order)).map((event) => {
      if (event.kind !== "run-started") return event
      const { delivery: _, ...payload } = event.payload
      return { ...event, payload }
    })
    expect(failuresOf(events).map(({ rule }) => rule)).toContain("held")
  })
})

describe("records of held receipts", () => {
  it("are decoded to events of which the same records are made", () => {
    const config = slow(7, "total")
    const bytes = Buffer.concat([...Engine.recordsOf(config)].map((part) => part.slice()))
    const encoder = Digest.encoder(startUs)
    encoder.take()
    const events = log(config)
    for (const event of events) encoder.write(event)
    expect(Buffer.compare(encoder.take(), bytes)).toBe(0)
    const ofMachines = events.filter(({ machine }) => machine > 0).length
    expect(RecordDecoder.extentOf(bytes).events).toBe(ofMachines)
    expect(RecordDecoder.offsetOf(bytes, ofMachines)).toBe(bytes.length)
  })
})
