import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { address, isClockEvent, type Logged } from "../../../src/domain/ClockEvent.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import * as Collect from "../../../src/interchange/report/Collect.ts"
import * as Html from "../../../src/interchange/report/Html.ts"
import { messageStates, type Series } from "../../../src/interchange/report/ReportData.ts"
import * as Sentences from "../../../src/interchange/report/Sentences.ts"
import * as Thinned from "../../../src/interchange/report/Thinned.ts"
import { requested } from "../../domain/RequestedLog.ts"
import { simulate, startUs } from "../../domain/Simulator.ts"

const seconds = (s: number) => s * 1_000_000

/** Drops, a crash, a stop, two resumes, and an end in mid-run. */
const troubled = (seed: number) =>
  simulate({
    config: {
      machines: 4,
      rates: [2, 5, 6, 3],
      sides: 4,
      seed,
      capacity: 3,
      overflow: "drop-oldest",
      durationUs: seconds(20),
    },
    interruptions: [
      { machine: 2, atUs: seconds(6), downUs: seconds(2), crash: true },
      { machine: 3, atUs: seconds(11), downUs: seconds(2), crash: false },
    ],
    cutAtUs: seconds(18),
  })

const collect = (log: ReadonlyArray<Logged>): Collect.Collected => {
  const collection = Collect.make()
  for (const event of log) collection.step(event)
  return collection.finish()
}

/** What each message came to, from the log alone: the address of its receipt or drop, or nothing. */
const fatesOf = (log: ReadonlyArray<Logged>): ReadonlyArray<string> => {
  const ends = new Map<string, string>()
  for (const event of log)
    if (event.kind === "received" || event.kind === "dropped")
      ends.set(
        `${event.payload.sender}/${event.payload.sendVersion}>${event.machine}`,
        `${event.kind} ${address(event)}`,
      )
  return log.flatMap((event) =>
    event.kind === "sent"
      ? event.payload.recipients.map(
          (to) => `${address(event)}>${to} ${ends.get(`${address(event)}>${to}`) ?? "open"}`,
        )
      : [],
  )
}

describe("what a report collects of a run", () => {
  it("counts from its start, however long it waited for that", () => {
    const log = troubled(1)
    const behindRequest = collect(requested(log, seconds(3_600)))
    expect(behindRequest).toEqual(collect(log))
    expect(behindRequest.startUs).toBe(startUs)
  })

  it("is every message with its true ends, as many of each fate as the verifier counts", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const log = troubled(seed)
      const { events, messages } = collect(log).diagram
      const at = (i: number) => `${events.machine[i]}/${events.version[i]}`
      const found = messages.send.map((send, k) => {
        const state = messageStates[messages.state[k]!]!
        const end = messages.end[k]! < 0 ? "open" : `${state} ${at(messages.end[k]!)}`
        return `${at(send)}>${messages.recipient[k]} ${end}`
      })
      expect(found).toEqual(fatesOf(log))
      const { counts } = Verification.verify(log)
      const count = (state: number) => messages.state.filter((one) => one === state).length
      expect([0, 1, 2, 3].map(count)).toEqual([
        counts.received,
        counts.dropped,
        counts.leftInInboxes,
        counts.inFlight,
      ])
    }
  })

  it("is an arrow to each recipient of a broadcast, which is one event", () => {
    const log = simulate({
      config: { machines: 5, pattern: "broadcast", sides: 5, seed: 3, durationUs: seconds(20) },
    })
    const { events, messages } = collect(log).diagram
    const group = log.filter((event) => event.kind === "sent" && event.payload.recipients.length === 4)
    expect(group.length).toBeGreaterThan(10)
    for (const { machine, version } of group) {
      const recipients = messages.recipient.filter((_, k) => {
        const send = messages.send[k]!
        return events.machine[send] === machine && events.version[send] === version
      })
      expect(recipients).toEqual([1, 2, 3, 4, 5].filter((other) => other !== machine))
    }
    expect(Verification.verify(log).checks.flatMap(({ failures }) => failures)).toEqual([])
  })

  it("has distances behind as the log gives them, and the largest jump with its cause", () => {
    const log = troubled(6)
    const collected = collect(log)
    let largest = 0
    const behind: Array<Array<number>> = [[], [], [], []]
    const own = [0, 0, 0, 0]
    let jump = 0
    let cause = ""
    for (const event of log) {
      if (!isClockEvent(event)) continue
      const i = event.machine - 1
      largest = Math.max(largest, event.lamport)
      behind[i]!.push(largest - event.lamport)
      if (event.kind === "received" && event.lamport - own[i]! > Math.max(1, jump)) {
        jump = event.lamport - own[i]!
        cause = `${event.payload.sender}/${event.payload.sendVersion}`
      }
      own[i] = event.lamport
    }
    expect(collected.drift.map(({ values }) => values)).toEqual(behind)
    const found = collected.largestJump!
    expect([found.to - found.from, `${found.sender}/${found.sendVersion}`]).toEqual([jump, cause])
    const sentences = Sentences.of(collected, Verification.verify(log)).join("\n")
    expect(sentences).toContain(`Largest jump ${found.from} to ${found.to} at`)
    expect(sentences).toContain(`because of ${cause}`)
    expect(collected.aheadUs.reduce((a, b) => a + b)).toBeLessThanOrEqual(collected.endUs)
  })

  it("has queues whose steps are in the order of time, and at every taking are as the log recorded it", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const log = troubled(seed)
      for (const { machine, atUs, values } of collect(log).queues) {
        expect(atUs.every((us, i) => i === 0 || us >= atUs[i - 1]!)).toBe(true)
        for (const event of log) {
          if (event.machine !== machine || event.kind !== "received") continue
          const step = atUs.lastIndexOf(event.occurredAtUs - startUs)
          expect([values[step], values[step - 1]]).toEqual([event.queueLength, event.queueLength + 1])
        }
      }
    }
  })

  it("knows when machines were down, by stop and by crash", () => {
    const { lives } = collect(troubled(1)).diagram
    expect(lives.map((own) => own.length)).toEqual([1, 2, 2, 1])
    const gapOf = (machine: number) => lives[machine - 1]![1]![0] - lives[machine - 1]![0]![1]
    expect([gapOf(2), gapOf(3)].map((us) => Math.round(us / 1e6))).toEqual([2, 2])
  })

  it("follows no machine that the run does not have, nor a log without a beginning", () => {
    const log = troubled(1)
    const stray = { ...log[5]!, machine: 2_000_000_000 } as Logged
    expect(collect([...log, stray]).diagram.totalEvents).toBe(collect(log).diagram.totalEvents)
    expect(collect(log.slice(1)).machines).toBe(0)
    expect(collect([]).endUs).toBe(0)
  })
})

describe("a line that is thinned", () => {
  const lines = fc.array(fc.record({ step: fc.nat(50), value: fc.nat(1_000) }), {
    minLength: 1,
    maxLength: 600,
  })

  it("keeps its extremes, its ends and its order, within its capacity", () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 8, max: 64 }), (steps, capacity) => {
        const line = Thinned.make(capacity)
        let us = 0
        for (const { step, value } of steps) {
          us += step
          line.add(us, value)
        }
        const { atUs, values, thinned }: Series = line.finish(1)
        const all = steps.map(({ value }) => value)
        expect([Math.max(...values), Math.min(...values)]).toEqual([Math.max(...all), Math.min(...all)])
        expect([values[0], values.at(-1), atUs.at(-1)]).toEqual([all[0], all.at(-1), us])
        expect(atUs.every((at, i) => i === 0 || at >= atUs[i - 1]!)).toBe(true)
        expect(values.length).toBeLessThanOrEqual(capacity + 4)
        expect(thinned || values.length === all.length).toBe(true)
      }),
    )
  })
})

describe("text of strangers", () => {
  it("neither ends an element, an attribute or a script, nor turns the text around it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(Html.escaped(text)).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/)
        expect(Html.embedded({ text })).not.toMatch(/[<>]/)
        expect(JSON.parse(Html.embedded({ text }))).toEqual({ text })
      }),
    )
    expect(Html.visible("a\u202eb\u0007\u0000c\n")).toBe("a\\u{202e}b\\u{07}\\u{00}c\n")
  })
})
