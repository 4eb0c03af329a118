/**
 * OpenTelemetry traces as OTLP/JSON, one document a line (as the Collector's file exporter writes) or one in all. A
 * service is a machine, and a span its events: its beginning and its end. A client's or producer's span sends when it
 * begins; the server's that has it for a parent, and a consumer's that links to it, receives when it begins; a server's end
 * is its answer. A parent of the same service sends nothing. Spans without length are one event.
 */

import type { Entry } from "../../domain/imported/Entry.ts"
import { entry } from "../../domain/imported/Entry.ts"
import * as Limits from "../../domain/Limits.ts"
import { type Format, Malformed, type Reader, type Sample } from "./Format.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const listOf = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.filter(isFields) : [])
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

const attributesOf = (value: unknown): ReadonlyMap<string, string> =>
  new Map(
    listOf(value).flatMap(({ key, value: held }) => {
      if (typeof key !== "string" || !isFields(held)) return []
      const found = held.stringValue ?? held.intValue ?? held.doubleValue ?? held.boolValue
      return found === undefined ? [] : [[key, String(found)] as const]
    }),
  )

/** Nanoseconds, as text or number, to whole microseconds. */
const timeOf = (value: unknown): number | null => {
  if (typeof value === "string" && /^\d{4,25}$/.test(value)) return Number(value.slice(0, -3))
  return typeof value === "number" && value > 0 ? Math.floor(value / 1_000) : null
}

const spanKinds: Readonly<Record<string, number>> = {
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
}

const kindOf = (value: unknown): number =>
  typeof value === "number" ? value : (spanKinds[String(value)] ?? 0)

const machineOf = (resource: unknown): string => {
  const attributes = attributesOf(isFields(resource) ? resource.attributes : undefined)
  const service = attributes.get("service.name") ?? "unknown service"
  const instance = attributes.get("service.instance.id")
  // Lightcone's own exports give every machine a service of its own.
  if (attributes.has("lightcone.run")) return service.replace(/^lightcone\/(machine-)?/, "")
  return instance === undefined ? service : `${service} ${instance}`
}

const whole = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null

const entriesOfSpan = (span: Fields, machine: string, line: number): ReadonlyArray<Entry> => {
  const spanId = textOf(span.spanId)
  const beganUs = timeOf(span.startTimeUnixNano)
  if (spanId === undefined || beganUs === null) return []
  const endedUs = timeOf(span.endTimeUnixNano) ?? beganUs
  const traceId = textOf(span.traceId) ?? ""
  const kind = kindOf(span.kind)
  const attributes = attributesOf(span.attributes)
  const name =
    attributes.get("lightcone.label") ?? (attributes.has("lightcone.version") ? undefined : textOf(span.name))
  const parent = textOf(span.parentSpanId)
  const [link] = listOf(span.links)
  const linked =
    link === undefined ? undefined : `${textOf(link.traceId) ?? traceId} ${textOf(link.spanId) ?? ""}`
  const own = `${traceId} ${spanId}`
  const of = parent === undefined ? undefined : `${traceId} ${parent}`
  const said = {
    machine,
    line,
    lamport: whole(attributes.get("lightcone.lamport")),
    queueLength: whole(attributes.get("lightcone.queue_length")),
    label: name ?? null,
  }
  const came = kind === 5 ? (linked ?? of) : of
  const begins =
    (kind === 2 || kind === 5) && came !== undefined
      ? entry({ ...said, kind: "received", atUs: beganUs, message: came })
      : kind === 3 || kind === 4
        ? entry({ ...said, kind: "sent", atUs: beganUs, message: own })
        : entry({ ...said, kind: "internal", atUs: beganUs })
  if (endedUs <= beganUs) return [begins]
  const ending = { ...said, lamport: null, atUs: endedUs, label: `end of ${name ?? "span"}` }
  const ends =
    kind === 2 && of !== undefined
      ? entry({ ...ending, kind: "sent", message: `${of} answer` })
      : kind === 3
        ? entry({ ...ending, kind: "received", message: `${own} answer` })
        : entry({ ...ending, kind: "internal" })
  return [begins, ends]
}

const entriesOf = (document: Fields, line: number): ReadonlyArray<Entry> =>
  listOf(document.resourceSpans).flatMap((resourceSpans) => {
    const machine = machineOf(resourceSpans.resource)
    const scopes = listOf(resourceSpans.scopeSpans ?? resourceSpans.instrumentationLibrarySpans)
    return scopes.flatMap(({ spans }) => listOf(spans).flatMap((span) => entriesOfSpan(span, machine, line)))
  })

const parsed = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A document that is not whole in its first line goes on to the end of the file. */
const reader = (): Reader => {
  let rest: Array<string> | undefined
  let characters = 0
  return {
    line: (text, number) => {
      if (rest === undefined) {
        if (text.trim() === "") return []
        const document = parsed(text)
        if (document !== undefined)
          return Array.isArray(document.resourceSpans) ? entriesOf(document, number) : undefined
        if (number > 1) return undefined
        rest = []
      }
      characters += text.length
      if (characters > Limits.maxBatchLineBytes)
        throw new Malformed(
          number,
          `one document may be of at most ${Limits.maxBatchLineBytes} characters, found more; a document a line may be of any number`,
        )
      rest.push(text)
      return []
    },
    end: () => {
      if (rest === undefined) return []
      const document = parsed(rest.join("\n"))
      if (document === undefined)
        throw new Malformed(1, "it must be a JSON document, found none that is whole")
      return entriesOf(document, 1)
    },
  }
}

const likeness = ({ lines }: Sample): number => {
  const beginning = lines.slice(0, 40).join("\n").slice(0, 4_096)
  return /^\s*\{\s*"resourceSpans"\s*:\s*\[/.test(beginning) ? 1 : 0
}

export const format: Format = {
  name: "otlp",
  does: "OpenTelemetry traces as OTLP/JSON: spans and links as events and messages",
  likeness,
  reader,
  fifo: false,
  soft: true,
  unsorted: true,
  strict: true,
  batched: true,
}
