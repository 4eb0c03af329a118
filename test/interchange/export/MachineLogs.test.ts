import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isRunEvent } from "../../../src/domain/ClockEvent.ts"
import { toIso } from "../../../src/domain/EventPayload.ts"
import { format } from "../../../src/interchange/export/MachineLogs.ts"
import { choose, chosen, eventfulLog, written } from "./Logs.ts"

const columns =
  /^(?<name>.*?) +(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) +\[(?<since>-?\d+\.\d{6})\] +(?<event>\d+\/\d+) +(?<kind>[a-z]+) +(?<queue>\d+|-) +(?<clock>\d+|-)(?: {2}(?<what>.*))?$/u

describe("an export as machines' logs", () => {
  it("has a line for every event, with time, queue and clock, and a dash for what is not said", () =>
    fc.assert(
      fc.property(chosen, (part) => {
        const text = written(format, part)
        const [header, ...lines] = text.trimEnd().split("\n")
        expect(header).toMatch(/^machine +system time +\[since start, s\] +event +kind +queue +clock +what$/)
        const events = part.events.filter((event) => !isRunEvent(event))
        expect(lines).toHaveLength(events.length)
        for (const [i, event] of events.entries()) {
          if (isRunEvent(event)) throw new Error("is of a machine")
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey must not get through.
          expect(lines[i]).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/)
          const found = columns.exec(lines[i]!)?.groups
          expect(found, lines[i]).toMatchObject({
            name: part.context.nameOf(event.machine).replace("\n", " ").trimEnd(),
            time: toIso(event.occurredAtUs),
            event: `${event.machine}/${event.version}`,
            kind: event.kind,
            queue: String(event.queueLength ?? "-"),
            clock: String(event.lamport ?? "-"),
          })
          const sinceUs = Math.round(Number(found!.since) * 1_000_000)
          expect(sinceUs).toBe(event.occurredAtUs - part.context.startUs)
          if (event.kind === "received") {
            const { sender, sendVersion } = event.payload
            expect(found!.what).toContain(
              sendVersion === null ? "its send unknown" : `${sender}/${sendVersion} of machine`,
            )
          }
        }
      }),
      { numRuns: 60 },
    ))

  it("of one machine in a file of its own does not repeat its name", () => {
    const part = choose(eventfulLog(), { after: 0, upTo: 1_000, machines: [2] })
    const [header, ...lines] = written(format, { ...part, context: { ...part.context, alone: true } })
      .trimEnd()
      .split("\n")
    expect(header).toMatch(/^system time/)
    for (const line of lines) expect(line).toMatch(/^\d{4}-.* 2\/\d+ /)
  })
})
