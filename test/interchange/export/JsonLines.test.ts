import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Recorded } from "../../../src/domain/ClockEvent.ts"
import { format, line } from "../../../src/interchange/export/JsonLines.ts"
import * as EventCodec from "../../../src/persistence/EventCodec.ts"
import { oneOfEach } from "../../support/Events.ts"
import { chosen, run, written } from "./Logs.ts"

const bySchema = (event: Recorded): string => JSON.stringify(EventCodec.toJson(event, run))

const count = fc.nat()
const timeUs = fc.integer({ min: 0, max: 4_000_000_000_000_000 })
const remarks = fc.record(
  {
    vector: fc.dictionary(fc.integer({ min: 1, max: 99 }).map(String), count),
    match: fc.constantFrom("message" as const, "untold" as const),
    derived: fc.constantFrom(["lamport" as const], ["lamport" as const, "occurredAt" as const]),
    line: count,
    file: count,
    label: fc.string({ unit: "binary" }),
  },
  { requiredKeys: [] },
)
const orNull = <A>(value: fc.Arbitrary<A>) => fc.option(value, { nil: null })
const stamp = { position: count, machine: count.map((n) => n + 1), version: count, occurredAtUs: timeUs }
const clock = { lamport: orNull(count), queueLength: orNull(count) }
const delivery = fc.oneof(
  fc.record({
    sender: count,
    sendVersion: count,
    senderLamport: orNull(count),
    sentAtUs: timeUs,
    arrivedAtUs: orNull(timeUs),
  }),
  fc.record({
    arrivedAtUs: orNull(timeUs),
    sender: orNull(count),
    sendVersion: fc.constant(null),
    sentAtUs: fc.constant(null),
    senderLamport: orNull(count),
  }),
)
const held = fc.constantFrom({}, { heldUs: 3 }, { heldUs: 0, heldFor: "2/17" })
const anyEvent: fc.Arbitrary<Recorded> = fc.oneof(
  fc.record({ ...stamp, ...clock, kind: fc.constant("internal" as const), payload: remarks }),
  fc.record({
    ...stamp,
    ...clock,
    kind: fc.constant("sent" as const),
    payload: fc.tuple(remarks, fc.array(count)).map(([said, recipients]) => ({ ...said, recipients })),
  }),
  fc.record({
    ...stamp,
    ...clock,
    kind: fc.constant("received" as const),
    payload: fc
      .tuple(remarks, held, delivery)
      .map(([said, back, message]) => ({ ...said, ...back, ...message })),
  }),
)

describe("an export as JSON lines", () => {
  it("has of every event the very text that its schema gives", () =>
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(line(event, run)).toBe(bySchema(event))
      }),
      { numRuns: 1_000 },
    ))

  it("has it of every kind of event, and of whole logs", () => {
    for (const [i, event] of oneOfEach.entries()) {
      const recorded = { ...event, position: i + 1 } as Recorded
      expect(line(recorded, run)).toBe(bySchema(recorded))
    }
    fc.assert(
      fc.property(chosen, (part) => {
        expect(written(format, part)).toBe(part.events.map((event) => `${bySchema(event)}\n`).join(""))
      }),
      { numRuns: 20 },
    )
  })
})
