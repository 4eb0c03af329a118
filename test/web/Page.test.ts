/** What the page computes, without a browser: addresses, jumps in words, where runs part. */
import { describe, expect, it } from "vitest"
import { address, isClockEvent, type Logged } from "../../src/domain/ClockEvent.ts"
import * as Collect from "../../src/interchange/report/Collect.ts"
import * as Jump from "../../web/Jump.ts"
import * as Difference from "../../web/page/Difference.ts"
import * as Route from "../../web/page/Route.ts"
import * as SpaceTimeData from "../../web/SpaceTimeData.ts"
import { requested } from "../domain/RequestedLog.ts"
import { simulate } from "../domain/Simulator.ts"

const log: ReadonlyArray<Logged> = simulate({
  config: { machines: 3, rates: [2, 5, 6], sides: 5, seed: 3, durationUs: 9_000_000 },
})

const dataOf = (events: ReadonlyArray<Logged>): SpaceTimeData.SpaceTimeData => {
  const collection = Collect.make()
  for (const event of events) collection.step(event)
  const { machines, endUs, diagram } = collection.soFar()
  return SpaceTimeData.make(machines, endUs, diagram)
}

describe("an address", () => {
  it("is read as it was written", () => {
    const routes: ReadonlyArray<Route.Route> = [
      { view: "runs" },
      { view: "new" },
      { view: "run", run: "k3", at: 12.5, width: 10, event: "2/17" },
      { view: "run", run: "a b/c", at: 0, width: 0.000_1, event: undefined },
      { view: "compare", a: "k3", b: undefined },
    ]
    for (const route of routes) expect(Route.parse(Route.format(route))).toEqual(route)
  })

  it("that nobody wrote leads to something", () => {
    expect(Route.parse("#/runs/%E0%A4%A?at=-1&for=x&event=<b>")).toEqual({
      view: "run",
      run: "%E0%A4%A",
      at: undefined,
      width: undefined,
      event: undefined,
    })
    expect(Route.parse("#nowhere")).toEqual({ view: "runs" })
  })
})

describe("a clock", () => {
  it("is explained by the message that set it, and else by a step of its machine", () => {
    const data = dataOf(log)
    const last = new Map<number, number>()
    let jumps = 0
    for (const event of log) {
      if (!isClockEvent(event)) continue
      const from = last.get(event.machine) ?? 0
      last.set(event.machine, event.lamport)
      const words = Jump.inWords(data, SpaceTimeData.find(data, address(event)))!
      const isSet = event.kind === "received" && event.payload.senderLamport > from
      expect(words).toContain(`from ${from} to ${event.lamport}`)
      expect(words.includes("because of message")).toBe(isSet)
      if (!isSet || event.kind !== "received") continue
      jumps++
      expect(words).toContain(`because of message ${event.payload.sender}/${event.payload.sendVersion}.`)
    }
    expect(jumps).toBeGreaterThan(3)
  })
})

describe("a run that has not ended", () => {
  it("is drawn at every position as a log that is cut there is", () => {
    const collection = Collect.make()
    for (const [i, event] of log.entries()) {
      collection.step(event)
      if (i % 17 !== 3) continue
      const { machines, endUs, diagram } = collection.soFar()
      expect(SpaceTimeData.make(machines, endUs, diagram)).toEqual(dataOf(log.slice(0, i + 1)))
    }
  })
})

describe("two runs", () => {
  const whole = { events: log, startUs: log[0]!.occurredAtUs }

  it("that are the same, at different times, do not part", () => {
    const byUs = 1_000_003
    const later = log.map((event) => {
      const moved = { ...event, occurredAtUs: event.occurredAtUs + byUs }
      if (moved.kind !== "received") return moved
      const { sentAtUs, arrivedAtUs, ...rest } = moved.payload
      return {
        ...moved,
        payload: { ...rest, sentAtUs: sentAtUs + byUs, arrivedAtUs: arrivedAtUs + byUs },
      }
    }) as ReadonlyArray<Logged>
    const other = { events: later, startUs: whole.startUs + byUs }
    expect(Difference.byMachine(whole, other, 3)).toEqual([undefined, undefined, undefined])
    const parting = Difference.inOrder(whole, other)
    // What was left in an inbox keeps its time here.
    expect(parting?.a?.kind ?? "stopped").toBe("stopped")
  })

  it("do not part where one was requested before it began, and have the same settings", () => {
    const events = requested(log, 60_000_000)
    const collection = Collect.make()
    for (const event of events) collection.step(event)
    const other = { events, startUs: collection.soFar().startUs }
    expect(Difference.inOrder(whole, other)).toBeUndefined()
    expect(Difference.settings(whole, other)).toEqual([])
    const [first, ...rest] = log
    const slower = { ...first!, payload: { ...first!.payload, capacity: 7 } } as Logged
    const changed = { ...whole, events: requested([slower, ...rest], 1_000_000) }
    expect(Difference.settings(whole, changed)).toEqual([{ name: "capacity", a: "1024", b: "7" }])
  })

  it("part where one event is another, and where one has ended", () => {
    const at = 40
    const changed = log.map((event, i) => (i === at ? ({ ...event, lamport: 9_999 } as Logged) : event))
    const parting = Difference.inOrder(whole, { ...whole, events: changed })!
    expect(address(parting.a!)).toBe(address(log[at]!))
    expect(parting.what).toMatch(/^clock \d+ against 9999$/)
    const cut = Difference.inOrder(whole, { ...whole, events: log.slice(0, at) })!
    expect(cut.b).toBeUndefined()
    expect(cut.what).toBe("the end of one log")
  })
})
