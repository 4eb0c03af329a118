import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isClockEvent, type Recorded } from "../../../src/domain/ClockEvent.ts"
import { format } from "../../../src/interchange/export/ShiViz.ts"
import { asImported, choose, chosen, eventfulLog, oddNames, written } from "./Logs.ts"
import * as ShiViz from "./ShiViz.ts"

/** Vector clocks by their definition: the number of a machine's exported events in an event's past. */
const pasts = (events: ReadonlyArray<Recorded>): ReadonlyArray<ReadonlyMap<number, number>> => {
  const latest = new Map<number, ReadonlyMap<number, number>>()
  const sends = new Map<string, ReadonlyMap<number, number>>()
  return events
    .filter((event) => isClockEvent(event))
    .map((event) => {
      const past = new Map(latest.get(event.machine))
      const heard =
        event.kind === "received" ? sends.get(`${event.payload.sender}/${event.payload.sendVersion}`) : []
      for (const [machine, count] of heard ?? []) past.set(machine, Math.max(count, past.get(machine) ?? 0))
      past.set(event.machine, (past.get(event.machine) ?? 0) + 1)
      latest.set(event.machine, past)
      if (event.kind === "sent") sends.set(`${event.machine}/${event.version}`, past)
      return past
    })
}

describe("an export for ShiViz", () => {
  it("is read by its rules, event by event, with the vector clocks of what was exported", () =>
    fc.assert(
      fc.property(chosen, (part) => {
        const clockEvents = part.events.filter((event) => isClockEvent(event))
        fc.pre(clockEvents.length > 0)
        const text = written(format, part)
        const { events, delimiter } = ShiViz.open(text)
        expect(delimiter).toBe("")
        expect(ShiViz.complaint(events)).toBeUndefined()
        expect(events).toHaveLength(clockEvents.length)
        const hosts = new Map(events.map(({ host }, i) => [clockEvents[i]!.machine, host]))
        expect(new Set(hosts.values()).size).toBe(hosts.size)
        for (const [i, past] of pasts(part.events).entries()) {
          const named = [...past].map(([machine, count]) => [hosts.get(machine), count])
          expect(events[i]!.clock).toEqual(Object.fromEntries(named))
          expect(events[i]!.host).toBe(hosts.get(clockEvents[i]!.machine))
          expect(events[i]!.event).toContain(`(${clockEvents[i]!.machine}/${clockEvents[i]!.version},`)
        }
      }),
      { numRuns: 60 },
    ))

  it("can as well be pasted whole, since its first two lines are no event", () => {
    const text = written(format, choose(eventfulLog()))
    const { expression, events } = ShiViz.open(text)
    expect(ShiViz.parse(text, expression)).toEqual(events)
  })

  it("names hosts in words that are different, and no property of every object", () => {
    const log = asImported(eventfulLog(), [0, 36, 127, 5])
    const [begin] = log
    if (begin?.kind !== "run-imported") throw new Error("is imported")
    const names = [...oddNames, "toString", "web_server"]
    const part = choose(log)
    const { events } = ShiViz.open(
      written(format, {
        ...part,
        context: { ...part.context, count: names.length, nameOf: (machine) => names[machine - 1]! },
      }),
    )
    expect(ShiViz.complaint(events)).toBeUndefined()
    expect([...new Set(events.map(({ host }) => host))].sort()).toEqual([
      "a_b_c",
      "machine-__proto__",
      "machine-constructor",
      "web_server",
    ])
  })

  it("counts no events of machines that are left out", () => {
    const text = written(format, choose(eventfulLog(), { after: 0, upTo: 1_000, machines: [3] }))
    for (const { clock } of ShiViz.open(text).events) expect(Object.keys(clock)).toEqual(["machine-3"])
  })
})

describe("ShiViz' rules, as they are checked here,", () => {
  const good = [
    { host: "a", clock: { a: 1 }, event: "" },
    { host: "b", clock: { b: 1, a: 1 }, event: "" },
  ]
  it.each([
    [[{ ...good[0]!, clock: { a: 2 } }], "a must go to 1"],
    [[good[0]!, { ...good[1]!, clock: { b: 1, a: 2 } }], "a has no time 2"],
    [[good[0]!, { ...good[1]!, clock: { b: 1, c: 1 } }], "c is unrecognised"],
    [[{ ...good[0]!, clock: { b: 1 } }], "a is missing"],
    [[good[0]!, good[0]!], "a must go to 2"],
    [[], "no events"],
  ])("refuse what breaks them", (events, told) => {
    expect(ShiViz.complaint(good)).toBeUndefined()
    expect(ShiViz.complaint(events)).toContain(told)
  })
})
