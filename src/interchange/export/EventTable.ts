/** Events of machines as comma-separated values (RFC 4180), for spreadsheets and data frames. */
import { type AnyMachineEvent, isClockEvent, isRunEvent, type Logged } from "../../domain/ClockEvent.ts"
import type { AnyDelivery } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import { cell } from "../Csv.ts"
import { type Format, lines } from "./Exporter.ts"
import { words } from "./SafeNames.ts"
import { iso } from "./Times.ts"
import type { Names } from "./Wording.ts"

const columns = [
  ...["machine", "version", "position", "kind", "occurred_at", "lamport", "queue_length", "recipients"],
  ...["sender", "send_version", "sender_lamport", "sent_at", "arrived_at", "label"],
]

const said = (value: number | null): string => (value === null ? "" : String(value))
const time = (us: number | null): string => (us === null ? "" : iso(us))

const nobody = ",,,,"

const delivery = (message: AnyDelivery, nameOf: Names): string => {
  const sender = message.sender === null ? "" : nameOf(message.sender)
  return `${sender},${said(message.sendVersion)},${said(message.senderLamport)},${time(message.sentAtUs)},${time(message.arrivedAtUs)}`
}

/** Line ends and tabs a reader of the format takes; what else a terminal would obey is shown. */
const label = (text: string): string =>
  cell(
    text.replace(/\p{Cc}/gu, (c) =>
      "\n\r\t".includes(c) ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
    ),
  )

const row = (event: Logged<AnyMachineEvent>, nameOf: Names): string => {
  const { machine, version, position, kind, occurredAtUs, lamport, queueLength } = event
  const stamp = `${nameOf(machine)},${version},${position},${kind},${iso(occurredAtUs)},${said(lamport)},${said(queueLength)}`
  const recipients = event.kind === "sent" ? event.payload.recipients.map(nameOf).join(" ") : ""
  const message =
    event.kind === "received" || event.kind === "dropped" ? delivery(event.payload, nameOf) : nobody
  const text = isClockEvent(event) ? Purpose.said(event.payload) : undefined
  return `${stamp},${recipients},${message},${text === undefined ? "" : label(text)}\n`
}

export const format: Format = {
  name: "csv",
  does: "a row an event, for spreadsheets and data frames",
  kinds: "machines",
  extension: "csv",
  make: (context) => {
    const nameOf = words(context)
    return lines(
      (event) => (isRunEvent(event) ? "" : row(event, nameOf)),
      () => `${columns.join(",")}\n`,
    )
  },
}
