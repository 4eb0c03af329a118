/**
 * Spans as OpenTelemetry's collector writes them to files: OTLP/JSON, one `TracesData` a line. A run is one trace,
 * a machine a resource, a clock event a span of no length; a receipt links to its send. Spans have no parents: that
 * one event follows another on its machine makes neither part of the other.
 *
 * The id of a span is machine and version, so a link into another window of the run holds there.
 */
import { createHash } from "node:crypto"
import {
  type AnyClockEvent,
  address,
  isClockEvent,
  isRunEvent,
  type Logged,
} from "../../domain/ClockEvent.ts"
import type { AnyDelivery } from "../../domain/Message.ts"
import type { Context, Exporter, Format } from "./Exporter.ts"
import { jsonText, type Names, what } from "./Wording.ts"

/** Of one line: what collectors and backends take well at once. */
const spansPerLine = 500

const kinds = { internal: 1, sent: 4, received: 5 } as const

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

export const traceIdOf = (run: string): string =>
  createHash("sha256").update(`lightcone run ${run}`).digest("hex").slice(0, 32)

export const spanIdOf = (machine: number, version: number): string => `${hex(machine, 8)}${hex(version, 8)}`

const nanoseconds = (us: number): string => (us === 0 ? "0" : `${us}000`)

/** Attributes; none where nothing is said. */
const text = (key: string, value: string): string =>
  `,{"key":"${key}","value":{"stringValue":${jsonText(value)}}}`
const integer = (key: string, value: number | null): string =>
  value === null ? "" : `,{"key":"${key}","value":{"intValue":"${value}"}}`
const integers = (key: string, values: ReadonlyArray<number>): string =>
  `,{"key":"${key}","value":{"arrayValue":{"values":[${values.map((value) => `{"intValue":"${value}"}`).join(",")}]}}}`

const messaging = (operation: string): string =>
  `${text("messaging.system", "lightcone")}${text("messaging.operation.name", operation)}${text("messaging.operation.type", operation)}`
const sending = messaging("send")
const receiving = messaging("receive")

const ofMessage = (event: Logged<AnyClockEvent>, nameOf: Names): string => {
  if (event.kind === "internal") return ""
  if (event.kind === "sent") {
    const { recipients } = event.payload
    const destination =
      recipients.length === 1 ? text("messaging.destination.name", nameOf(recipients[0]!)) : ""
    return `${sending}${text("messaging.message.id", address(event))}${destination}${integers("lightcone.recipients", recipients)}`
  }
  const { sender, sendVersion, senderLamport, arrivedAtUs } = event.payload
  const message = sendVersion === null ? "" : text("messaging.message.id", `${sender}/${sendVersion}`)
  const destination = text("messaging.destination.name", nameOf(event.machine))
  const waitedUs = arrivedAtUs === null ? null : event.occurredAtUs - arrivedAtUs
  return `${receiving}${message}${destination}${integer("lightcone.sender", sender)}${integer("lightcone.sender_lamport", senderLamport)}${integer("lightcone.waited_us", waitedUs)}`
}

const attributes = (event: Logged<AnyClockEvent>, nameOf: Names): string => {
  const { position, version, lamport, queueLength } = event
  const { label } = event.payload
  const stamp = `${integer("lightcone.position", position)}${integer("lightcone.version", version)}${integer("lightcone.lamport", lamport)}${integer("lightcone.queue_length", queueLength)}`
  const said = `${stamp}${ofMessage(event, nameOf)}${label === undefined ? "" : text("lightcone.label", label)}`
  return said.slice(1)
}

const linkTo = ({ sender, sendVersion }: AnyDelivery, traceId: string): string =>
  sender === null || sendVersion === null
    ? ""
    : `,"links":[{"traceId":"${traceId}","spanId":"${spanIdOf(sender, sendVersion)}"}]`

const spanOf = (event: Logged<AnyClockEvent>, nameOf: Names, traceId: string): string => {
  const at = nanoseconds(event.occurredAtUs)
  const link = event.kind === "received" ? linkTo(event.payload, traceId) : ""
  return `{"traceId":"${traceId}","spanId":"${spanIdOf(event.machine, event.version)}","name":${jsonText(what(event, nameOf))},"kind":${kinds[event.kind]},"startTimeUnixNano":"${at}","endTimeUnixNano":"${at}","attributes":[${attributes(event, nameOf)}]${link}}`
}

/** Machines of unnamed runs would all be services "1", "2", "3" beside anybody's. */
const resourceOf = (machine: number, { run, nameOf }: Context): string => {
  const name = nameOf(machine)
  const service = /^\d+$/.test(name) ? `machine-${name}` : name
  const said = `${text("service.name", `lightcone/${service}`)}${text("service.namespace", "lightcone")}${text("service.instance.id", `${run}/${machine}`)}`
  return `{"attributes":[${said.slice(1)}${text("lightcone.run", run)}${integer("lightcone.machine", machine)}]}`
}

const make = (context: Context): Exporter => {
  const traceId = traceIdOf(context.run)
  const resources = new Map<number, string>()
  const waiting = new Map<number, Array<string>>()
  let spans = 0
  const resource = (machine: number): string => {
    const known = resources.get(machine) ?? resourceOf(machine, context)
    resources.set(machine, known)
    return known
  }
  const flush = (): string => {
    if (spans === 0) return ""
    const of = ([machine, texts]: readonly [number, ReadonlyArray<string>]) =>
      `{"resource":${resource(machine)},"scopeSpans":[{"scope":{"name":"lightcone"},"spans":[${texts.join(",")}]}]}`
    const line = `{"resourceSpans":[${[...waiting].map(of).join(",")}]}\n`
    waiting.clear()
    spans = 0
    return line
  }
  return {
    begin: () => "",
    event: (event) => {
      if (isRunEvent(event) || !isClockEvent(event)) return ""
      const texts = waiting.get(event.machine) ?? []
      if (texts.length === 0) waiting.set(event.machine, texts)
      texts.push(spanOf(event, context.nameOf, traceId))
      spans++
      return spans === spansPerLine ? flush() : ""
    },
    end: flush,
  }
}

export const format: Format = {
  name: "otlp",
  does: "clock events as OpenTelemetry spans, OTLP/JSON by the line",
  kinds: "clock",
  make,
}
