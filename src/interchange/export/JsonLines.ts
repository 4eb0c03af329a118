/**
 * The one JSON shape of events, one a line. Clock events come by the million and are put together by hand, in the
 * order of the payload's schema, which writes the rest.
 */
import { isRunEvent, type Recorded } from "../../domain/ClockEvent.ts"
import * as EventPayload from "../../domain/EventPayload.ts"
import type { AnyDelivery, HeldBack } from "../../domain/Message.ts"
import { type Format, lines } from "./Exporter.ts"
import { iso } from "./Times.ts"

const time = (us: number | null): string => (us === null ? "null" : `"${iso(us)}"`)

const delivery = ({ sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs }: AnyDelivery): string =>
  `"sender":${sender},"sendVersion":${sendVersion},"senderLamport":${senderLamport},"sentAt":${time(sentAtUs)},"arrivedAt":${time(arrivedAtUs)}`

const held = ({ heldUs, heldFor }: HeldBack): string =>
  (heldUs === undefined ? "" : `,"heldUs":${heldUs}`) +
  (heldFor === undefined ? "" : `,"heldFor":${JSON.stringify(heldFor)}`)

const remarks = [
  "purpose",
  "snapshot",
  "tokens",
  "label",
  "line",
  "file",
  "derived",
  "match",
  "vector",
] as const

/** What else a clock event says, each behind a comma. */
const more = (payload: { readonly [name in (typeof remarks)[number]]?: unknown }): string => {
  let text = ""
  for (const name of remarks) {
    const value = payload[name]
    if (value !== undefined) text += `,"${name}":${JSON.stringify(value)}`
  }
  return text
}

const payloadOf = (event: Recorded): string => {
  switch (event.kind) {
    case "internal":
      return `{${more(event.payload).slice(1)}}`
    case "sent":
      return `{"recipients":[${event.payload.recipients.join(",")}]${more(event.payload)}}`
    case "received":
      return `{${delivery(event.payload)}${held(event.payload)}${more(event.payload)}}`
    default:
      return JSON.stringify(EventPayload.encode(event))
  }
}

/** An event of a run as `{run, position, machine, version, kind, occurredAt, lamport, queueLength, payload}`. */
export const line = (event: Recorded, run: string): string => {
  const clock = isRunEvent(event)
    ? `"lamport":null,"queueLength":null`
    : `"lamport":${event.lamport},"queueLength":${event.queueLength}`
  const { position, machine, version, kind, occurredAtUs } = event
  return `{"run":"${run}","position":${position},"machine":${machine},"version":${version},"kind":"${kind}","occurredAt":"${iso(occurredAtUs)}",${clock},"payload":${payloadOf(event)}}`
}

export const format: Format = {
  name: "jsonl",
  does: "every event in Lightcone's own JSON, one a line",
  kinds: "all",
  make: ({ run }) => lines((event) => `${line(event, run)}\n`),
}
