/** A run that waited for its worker leaves as one that began at once: its times count from its start. */
import { describe, expect, it } from "vitest"
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import { runOf } from "../../../src/interchange/export/Exporter.ts"
import { formats } from "../../../src/interchange/export/Formats.ts"
import { requested } from "../../domain/RequestedLog.ts"
import { choose, eventfulLog, written } from "./Logs.ts"

const waitedUs = 3_600_000_000
const log = eventfulLog() as ReadonlyArray<Logged>
const behindRequest = requested(log, waitedUs)

describe("an export of a run that was requested", () => {
  it.each(formats)("counts time from the run's start: $name", (format) => {
    const plain = choose(log)
    const { context } = choose(behindRequest)
    const text = written(format, plain)
    expect(text.length).toBeGreaterThan(1_000)
    expect(written(format, { ...plain, context })).toBe(text)
  })

  it("counts from the request only for as long as nobody carries it out", () => {
    expect(runOf(behindRequest)!.startUs).toBe(log[0]!.occurredAtUs)
    expect(runOf(behindRequest.slice(0, 1))).toMatchObject({
      count: 4,
      startUs: log[0]!.occurredAtUs - waitedUs,
    })
  })
})
