import { describe, expect, it } from "vitest"
import * as Comparison from "../../src/domain/clocks/Comparison.ts"
import { registry } from "../../src/domain/clocks/Registered.ts"
import * as ClockOrder from "../../web/ClockOrder.ts"
import * as Cone from "../../web/Cone.ts"
import * as SpaceTimeData from "../../web/SpaceTimeData.ts"
import { stamped, truth } from "../domain/clocks/StampedLog.ts"
import { dataOf, log } from "./DrawnLog.ts"

const data = dataOf(log)
const placeOf = (name: string): number => SpaceTimeData.find(data, name)

describe.each(registry.map((clock) => [clock.name, clock] as const))("the order of %s", (_, clock) => {
  const { entries, graph } = stamped(clock, log, Comparison.defaults)

  it("is that of its stamps over the log, event for event", () => {
    const stamps = ClockOrder.stampsOf(data, clock)
    for (const { address: a, stamp } of entries)
      for (const { address: b, stamp: other } of entries.slice(0, 20))
        expect([a, b, clock.compare(stamps[placeOf(a)], stamps[placeOf(b)])]).toEqual([
          a,
          b,
          clock.compare(stamp, other),
        ])
  })

  it("has real arrows where a walk through the graph leads from one event to the other, and no others", () => {
    for (const chosen of entries) {
      const about = placeOf(chosen.address)
      const order = ClockOrder.of(data, Cone.of(data, about)!, clock)
      let [before, after, concurrent] = [0, 0, 0]
      const ends = new Map<string, string>()
      for (const other of entries) {
        if (other === chosen) continue
        const told = clock.compare(other.stamp, chosen.stamp)
        const happened = truth(graph, other.address, chosen.address)
        if (happened === "concurrent") concurrent++
        if (happened === "concurrent" && told === "before") before++
        if (happened === "concurrent" && told === "after") after++
        if (other.event.machine === chosen.event.machine) continue
        for (const line of [
          `${other.event.machine} ${told}`,
          ...(happened === told ? [`${other.event.machine} really ${told}`] : []),
        ])
          if (told === "before" || (told === "after" && !ends.has(line))) ends.set(line, other.address)
      }
      expect([order.falselyBefore, order.falselyAfter, order.concurrent]).toEqual([before, after, concurrent])
      const drawn = order.arrows.map(({ from, to, isReal }) => {
        const [a, b] = [SpaceTimeData.addressOf(data, from), SpaceTimeData.addressOf(data, to)]
        expect([a, b, isReal]).toEqual([a, b, truth(graph, a, b) === "before"])
        return from === about ? b : a
      })
      expect(drawn.sort()).toEqual([...new Set(ends.values())].sort())
    }
  })
})

it("is offered of a run that is there from its beginning", () => {
  expect(ClockOrder.isOffered(data)).toBe(true)
  expect(ClockOrder.isOffered(dataOf([log[0]!, ...log.slice(60)], true))).toBe(false)
})
