import { describe, expect, it } from "vitest"
import { address } from "../../src/domain/ClockEvent.ts"
import * as Cone from "../../web/Cone.ts"
import * as SpaceTimeData from "../../web/SpaceTimeData.ts"
import * as Walk from "../../web/Walk.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { dataOf, log } from "./DrawnLog.ts"

describe("the cone of an event", () => {
  const data = dataOf(log)
  const { events, happenedBefore } = causalGraph(log)

  it("holds for every pair what a walk of the graph says, and counts it", () => {
    for (const event of events) {
      const cone = Cone.of(data, SpaceTimeData.find(data, address(event)))!
      const counts = [0, 0, 0]
      for (const other of events) {
        const relation = Cone.relationOf(data, cone, SpaceTimeData.find(data, address(other)))
        const expected =
          other === event
            ? Cone.Relation.self
            : happenedBefore(address(other), address(event))
              ? Cone.Relation.before
              : happenedBefore(address(event), address(other))
                ? Cone.Relation.after
                : Cone.Relation.concurrent
        expect(relation, `${address(other)} beside ${address(event)}`).toBe(expected)
        if (other !== event) counts[relation]!++
      }
      expect([cone.concurrent, cone.before, cone.after]).toEqual(counts)
    }
  })

  it("is none of an event outside happened-before", () => {
    expect(Cone.of(data, SpaceTimeData.find(data, "1/1"))).toBeUndefined()
  })
})

describe("the keys", () => {
  const data = dataOf(log)

  it("walk along a machine to its ends, and across a message there and back", () => {
    const first = SpaceTimeData.find(data, "3/1")
    expect(SpaceTimeData.addressOf(data, Walk.along(data, first, 1))).toBe("3/2")
    expect(Walk.along(data, first, -1)).toBe(first)
    let crossed = 0
    for (let k = 0; k < data.send.length; k++) {
      const [send, end] = [data.send[k]!, data.end[k]!]
      if (end < 0) continue
      const direction = data.machine[send]! < data.machine[end]! ? -1 : 1
      expect(Walk.across(data, end, direction)).toBe(send)
      crossed++
    }
    expect(crossed).toBeGreaterThan(50)
  })
})
