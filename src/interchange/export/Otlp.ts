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
  type Received,
  type Sent,
} from "../../domain/ClockEvent.ts"
import type { AnyDelivery } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import type { Context, Exporter, Format } from "./Exporter.ts"
import { Pieces } from "./Pieces.ts"
import { jsonText, what } from "./Wording.ts"

/** Of one line: what collectors and backends take well at once. */
const spansPerLine = 500
/** Spans that are put together at once. */
const handful = 16

const kinds = { internal: 1, sent: 4, received: 5 } as const

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

export const traceIdOf = (run: string): string =>
  createHash("sha256").update(`lightcone run ${run}`).digest("hex").slice(0, 32)

export const spanIdOf = (machine: number, version: number): string => `${hex(machine, 8)}${hex(version, 8)}`

const nanoseconds = (us: number): string => (us === 0 ? "0" : `${us}000`)

/** Attributes, each behind a comma. */
const text = (key: string) => {
  const head = `,{"key":"${key}","value":{"stringValue":`
  return (value: string): string => `${head}${jsonText(value)}}}`
}
/** None where nothing is said. */
const integer = (key: string) => {
  const head = `,{"key":"${key}","value":{"intValue":"`
  return (value: number | null): string => (value === null ? "" : `${head}${value}"}}`)
}

const clock = integer("lightcone.lamport")
const queue = integer("lightcone.queue_length")
const label = text("lightcone.label")
const senderOf = integer("lightcone.sender")
const senderClock = integer("lightcone.sender_lamport")
const waited = integer("lightcone.waited_us")
const messageId = text("messaging.message.id")
const destination = text("messaging.destination.name")

const messaging = (operation: string): string =>
  [
    text("messaging.system")("lightcone"),
    text("messaging.operation.name")(operation),
    text("messaging.operation.type")(operation),
  ].join("")
const sending = messaging("send")
const receiving = messaging("receive")

const recipientsOf = (machines: ReadonlyArray<number>): string =>
  `,{"key":"lightcone.recipients","value":{"arrayValue":{"values":[${machines.map((machine) => `{"intValue":"${machine}"}`).join(",")}]}}}`

const remembered = (make: (machine: number) => string): ((machine: number) => string) => {
  const known: Array<string> = []
  return (machine) => {
    const text = known[machine] ?? make(machine)
    known[machine] = text
    return text
  }
}

/** What is the same in many spans is put together once: a string of many parts costs more than what it says. */
const spans = ({ run, nameOf }: Context) => {
  const traceId = traceIdOf(run)
  const head = remembered((machine) => `{"traceId":"${traceId}","spanId":"${hex(machine, 8)}`)
  const sink = remembered((machine) => `${receiving}${destination(nameOf(machine))}`)
  const named = (kind: AnyClockEvent["kind"], name: string): string =>
    `","name":${jsonText(name)},"kind":${kinds[kind]},"startTimeUnixNano":"`
  const internal = named("internal", "internal")
  const source = remembered((machine) => named("received", `receive from ${nameOf(machine)}`))
  const name = (event: AnyClockEvent): string => {
    if (event.kind === "internal") return internal
    if (event.kind === "received" && event.payload.sender !== null) return source(event.payload.sender)
    return named(event.kind, what(event, nameOf))
  }
  const sent = (event: Sent<null>): string => {
    const { recipients } = event.payload
    const to = recipients.length === 1 ? destination(nameOf(recipients[0]!)) : ""
    return `${sending}${messageId(address(event))}${to}${recipientsOf(recipients)}`
  }
  const received = ({ machine, payload, occurredAtUs }: Received<null, AnyDelivery>): string => {
    const { sender, sendVersion, senderLamport, arrivedAtUs } = payload
    const message = sendVersion === null ? "" : messageId(`${sender}/${sendVersion}`)
    const waitedUs = arrivedAtUs === null ? null : occurredAtUs - arrivedAtUs
    return `${sink(machine)}${message}${senderOf(sender)}${senderClock(senderLamport)}${waited(waitedUs)}`
  }
  const linkTo = ({ sender, sendVersion }: AnyDelivery): string =>
    sender === null || sendVersion === null ? "" : `,"links":[${head(sender)}${hex(sendVersion, 8)}"}]`
  const message = (event: AnyClockEvent): string =>
    event.kind === "internal" ? "" : event.kind === "sent" ? sent(event) : received(event)
  return (event: Logged<AnyClockEvent>): string => {
    const { machine, version, position, lamport, queueLength, payload } = event
    const at = nanoseconds(event.occurredAtUs)
    const said = Purpose.said(payload)
    const link = event.kind === "received" ? linkTo(event.payload) : ""
    return `${head(machine)}${hex(version, 8)}${name(event)}${at}","endTimeUnixNano":"${at}","attributes":[{"key":"lightcone.position","value":{"intValue":"${position}"}},{"key":"lightcone.version","value":{"intValue":"${version}"}}${clock(lamport)}${queue(queueLength)}${message(event)}${said === undefined ? "" : label(said)}]${link}}`
  }
}

/** Machines of unnamed runs would all be services "1", "2", "3" beside anybody's. */
const resourceOf = (machine: number, { run, nameOf }: Context): string => {
  const name = nameOf(machine)
  const service = /^\d+$/.test(name) ? `machine-${name}` : name
  const said = [
    text("service.name")(`lightcone/${service}`),
    text("service.namespace")("lightcone"),
    text("service.instance.id")(`${run}/${machine}`),
    text("lightcone.run")(run),
    integer("lightcone.machine")(machine),
  ].join("")
  return `{"attributes":[${said.slice(1)}]}`
}

const make = (context: Context): Exporter => {
  const spanOf = spans(context)
  const resource = remembered((machine) => resourceOf(machine, context))
  const waiting = new Map<number, Pieces>()
  let count = 0
  const flush = (): string => {
    if (count === 0) return ""
    let line = ""
    for (const [machine, texts] of waiting) {
      line += `${line === "" ? `{"resourceSpans":[` : ","}{"resource":${resource(machine)},"scopeSpans":[{"scope":{"name":"lightcone"},"spans":[`
      // Piece by piece: a text as long as a line is slow to make, and is made once, when it is written.
      for (const piece of texts.all()) line += piece
      line += "]}]}"
    }
    waiting.clear()
    count = 0
    return `${line}]}\n`
  }
  return {
    begin: () => "",
    event: (event) => {
      if (isRunEvent(event) || !isClockEvent(event)) return ""
      const before = waiting.get(event.machine)
      const texts = before ?? new Pieces(handful)
      if (before === undefined) waiting.set(event.machine, texts)
      texts.add(before === undefined ? spanOf(event) : `,${spanOf(event)}`)
      count++
      return count === spansPerLine ? flush() : ""
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
