/**
 * What two events say, compared: kind, clock and what a message is; the send of a receipt by its number among its
 * machine's clock events. When it was, and how long the queue, are told apart from that: they are no matter of causes.
 */

import type { Recorded } from "../ClockEvent.ts"
import type { AnyDelivery } from "../Message.ts"
import * as Purpose from "../Purpose.ts"
import type { Clocked, Streams } from "./Streams.ts"

type Part = readonly [name: string, value: string]

const sendOf = (streams: Streams, { sender, sendVersion }: AnyDelivery): string =>
  sender === null || sendVersion === null
    ? "unknown"
    : `${sender}#${streams.numberOf(sender, sendVersion) ?? `?${sendVersion}`}`

/** Each part as it is compared; `shown` has those whose words are others. */
const partsOf = (event: Clocked, streams: Streams): ReadonlyArray<Part> => {
  const label: Part = ["label", JSON.stringify(event.payload.label ?? null)]
  const purpose: Part = ["purpose", Purpose.inWords(event.payload)]
  const clock: Part = ["clock", String(event.lamport)]
  switch (event.kind) {
    case "internal":
      return [purpose, clock, label]
    case "sent":
      return [["recipients", event.payload.recipients.join(" and ")], purpose, clock, label]
    case "received":
      return [
        ["message", sendOf(streams, event.payload)],
        ["its clock", String(event.payload.senderLamport)],
        purpose,
        clock,
        label,
      ]
  }
}

/** A message by its address, and by its number where the address is that of another in the other run. */
const shown = (event: Clocked, name: string, value: string, other: Clocked): string => {
  if (name !== "message" || event.kind !== "received" || other.kind !== "received") return value
  const { sender, sendVersion } = event.payload
  const place = `${sender}/${sendVersion}`
  return place === `${other.payload.sender}/${other.payload.sendVersion}`
    ? `${place} (clock event ${1 + Number(value.split("#")[1])})`
    : place
}

/** What is not the same in two clock events, in words; undefined where all is. */
export const difference = (
  a: Clocked,
  b: Clocked,
  [ofA, ofB]: readonly [Streams, Streams],
): string | undefined => {
  if (a.kind !== b.kind) return `${a.kind} against ${b.kind}`
  const other = partsOf(b, ofB)
  for (const [i, [name, value]] of partsOf(a, ofA).entries())
    if (value !== other[i]![1])
      return `${name} ${shown(a, name, value, b)} against ${shown(b, name, other[i]![1], a)}`
  return undefined
}

const sinceStart = (us: number | null, { startUs }: Streams): number | null =>
  us === null ? null : us - startUs

const timesOf = (event: Clocked, streams: Streams): string => {
  const own = event.occurredAtUs - streams.startUs
  if (event.kind !== "received") return String(own)
  const { sentAtUs, arrivedAtUs } = event.payload
  return [own, sinceStart(sentAtUs, streams), sinceStart(arrivedAtUs, streams)].join()
}

/** Whether two events were at the same times since their runs' starts. */
export const isSimultaneous = (a: Clocked, b: Clocked, [ofA, ofB]: readonly [Streams, Streams]): boolean =>
  timesOf(a, ofA) === timesOf(b, ofB)

/** What an event outside happened-before says, times and places aside: two of one key are the same. */
export const keyOf = (event: Recorded, streams: Streams): string => {
  const place = `${event.machine} ${event.kind}`
  switch (event.kind) {
    case "dropped":
      return `${place} ${sendOf(streams, event.payload)} ${event.payload.reason}`
    case "stopped":
      return `${place} ${event.payload.reason} ${event.payload.inbox.map((one) => sendOf(streams, one)).join()}`
    default:
      return `${place} ${JSON.stringify(event.payload)}`
  }
}
