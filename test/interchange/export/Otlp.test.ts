import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer"
import type {
  IExportTraceServiceRequest,
  ILink,
  ISpan,
} from "@opentelemetry/otlp-transformer/build/src/trace/internal-types.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AnyClockEvent, isClockEvent, type Logged } from "../../../src/domain/ClockEvent.ts"
import { format } from "../../../src/interchange/export/Otlp.ts"
import { simulate } from "../../domain/Simulator.ts"
import { asImported, type Chosen, choose, chosen, eventfulLog, sendsOf, written } from "./Logs.ts"

const lines = (part: Chosen): ReadonlyArray<IExportTraceServiceRequest> => {
  const text = written(format, part)
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
}

interface Found extends ISpan {
  readonly instance: string
}

/** Spans with their resource, in the order of the log. */
const spans = (part: Chosen): ReadonlyArray<Found> =>
  lines(part)
    .flatMap(({ resourceSpans }) => resourceSpans!)
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap((scope) =>
        scope.spans!.map((span) => ({ ...span, instance: String(said(resource!, "service.instance.id")) })),
      ),
    )
    .sort((a, b) => Number(said(a, "lightcone.position")) - Number(said(b, "lightcone.position")))

/** An attribute's value as JSON has it; int64 is a text there. */
const said = ({ attributes }: Pick<ISpan, "attributes">, name: string): unknown => {
  const value = attributes.find(({ key }) => key === name)?.value
  return value?.stringValue ?? value?.intValue
}

const clockEvents = (part: Chosen) =>
  part.events.filter((event) => isClockEvent(event)) as unknown as ReadonlyArray<Logged<AnyClockEvent>>

const text = (value: number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value)

const allowed: ReadonlyArray<keyof ISpan> = [
  ...(["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"] as const),
  ...(["attributes", "links"] as const),
]
const kinds = { internal: 1, sent: 4, received: 5 }

describe("an export as OTLP", () => {
  it("has a span for every clock event, by the rules of OTLP's JSON, linked from receipt to send", () =>
    fc.assert(
      fc.property(chosen, (part) => {
        const found = spans(part)
        const events = clockEvents(part)
        expect(found).toHaveLength(events.length)
        expect(new Set(found.map(({ spanId }) => spanId)).size).toBe(found.length)
        expect(new Set(found.map(({ traceId }) => traceId)).size).toBeLessThanOrEqual(1)
        const ids = new Map(
          events.map(({ machine, version }, i) => [`${machine}/${version}`, found[i]!.spanId]),
        )
        const sends = sendsOf(part.events)
        for (const [i, event] of events.entries()) {
          const span = found[i]!
          for (const key of Object.keys(span)) expect([...allowed, "instance"]).toContain(key as keyof ISpan)
          expect(span.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/)
          expect(span.spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
          expect(span.kind).toBe(kinds[event.kind])
          expect(span.startTimeUnixNano).toBe(String(BigInt(event.occurredAtUs) * 1_000n))
          expect(span.endTimeUnixNano).toBe(span.startTimeUnixNano)
          expect(span.name).toMatch(/^(internal|send|receive)/)
          expect(span.instance).toBe(`${part.context.run}/${event.machine}`)
          const keys = span.attributes.map(({ key }) => key)
          expect(new Set(keys).size).toBe(keys.length)
          expect(said(span, "lightcone.position")).toBe(String(event.position))
          expect(said(span, "lightcone.version")).toBe(String(event.version))
          expect(said(span, "lightcone.lamport")).toBe(text(event.lamport))
          expect(said(span, "lightcone.queue_length")).toBe(text(event.queueLength))
          expect(said(span, "lightcone.label")).toBe(event.payload.label)
          const links: ReadonlyArray<ILink> = span.links ?? []
          if (event.kind !== "received" || event.payload.sendVersion === null) {
            expect(links).toEqual([])
            continue
          }
          const address = `${event.payload.sender}/${event.payload.sendVersion}`
          expect(said(span, "messaging.message.id")).toBe(address)
          expect(links).toHaveLength(1)
          expect(links[0]!.traceId).toBe(span.traceId)
          if (sends.has(address)) expect(links[0]!.spanId).toBe(ids.get(address))
        }
      }),
      { numRuns: 60 },
    ))

  it("is what OpenTelemetry's own serialiser writes of the same spans", () => {
    for (const log of [eventfulLog(), asImported(eventfulLog(), [0, 3, 36, 127, 90])]) {
      const part = choose(log)
      const ours = spans(part)
      const theirs = serialised(ours)
      for (const [i, { instance: _, ...span }] of ours.entries())
        expect(theirs[i]).toMatchObject(numbered(span))
    }
  })

  it("has at most five hundred spans a line, each machine's together under its resource", () => {
    const part = choose(
      simulate({ config: { machines: 3, seed: 5, rates: [60, 80, 90], durationUs: 6_000_000 } }),
    )
    const requests = lines(part)
    const sizes = requests.map(({ resourceSpans }) =>
      resourceSpans!.reduce((sum, { scopeSpans }) => sum + scopeSpans[0]!.spans!.length, 0),
    )
    const events = clockEvents(part).length
    expect(events).toBeGreaterThan(1_000)
    expect(sizes).toEqual([
      ...Array.from({ length: Math.floor(events / 500) }, () => 500),
      ...(events % 500 === 0 ? [] : [events % 500]),
    ])
    for (const { resourceSpans } of requests) {
      const services = resourceSpans!.map(({ resource }) => said(resource!, "service.name"))
      expect([...services].sort()).toEqual([
        "lightcone/machine-1",
        "lightcone/machine-2",
        "lightcone/machine-3",
      ])
    }
  })
})

/** The library writes int64 as numbers, which the rules allow as well. */
const numbered = (span: ISpan): object =>
  JSON.parse(JSON.stringify(span), (key, value) => (key === "intValue" ? Number(value) : value))

type Spans = Parameters<typeof JsonTraceSerializer.serializeRequest>[0]

const value = (of: ISpan["attributes"][number]["value"]): unknown =>
  of.stringValue ?? (of.arrayValue ? of.arrayValue.values.map(value) : Number(of.intValue))

const serialised = (found: ReadonlyArray<ISpan>): ReadonlyArray<ISpan> => {
  const context = (of: ISpan | ILink) => ({ traceId: of.traceId, spanId: of.spanId, traceFlags: 1 })
  const time = (nanoseconds: unknown) => {
    const all = BigInt(String(nanoseconds))
    return [Number(all / 1_000_000_000n), Number(all % 1_000_000_000n)]
  }
  const attributesOf = ({ attributes }: ISpan) =>
    Object.fromEntries(attributes.map(({ key, value: of }) => [key, value(of)]))
  const readable = found.map((span) => ({
    name: span.name,
    kind: span.kind - 1,
    spanContext: () => context(span),
    startTime: time(span.startTimeUnixNano),
    endTime: time(span.endTimeUnixNano),
    status: { code: 0 },
    attributes: attributesOf(span),
    links: (span.links ?? []).map((link) => ({ context: context(link), attributes: {} })),
    events: [],
    resource,
    instrumentationScope: { name: "lightcone" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }))
  const bytes = JsonTraceSerializer.serializeRequest(readable as unknown as Spans)!
  const request: IExportTraceServiceRequest = JSON.parse(new TextDecoder().decode(bytes))
  return request.resourceSpans!.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans!))
}

const resource = { attributes: {} }
