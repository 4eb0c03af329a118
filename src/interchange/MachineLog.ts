/**
 * A machine's log as the course asks for it: a line an event with the system time, the length of the queue and
 * the logical clock, to be read by people. Times are UTC; those in brackets count from the start of the schedule.
 */
import { address, type LabEvent, type MachineEvent } from "../domain/ClockEvent.ts"
import { toIso } from "../domain/EventPayload.ts"
import type { Delivery } from "../domain/Message.ts"

const list = (machines: ReadonlyArray<number>): string =>
  machines.length === 1 ? `machine ${machines[0]}` : `machines ${machines.join(" and ")}`

const message = (delivery: Delivery): string =>
  `${delivery.sender}/${delivery.sendVersion} of machine ${delivery.sender}, its clock ${delivery.senderLamport}`

const seconds = (us: number): string => (us / 1_000_000).toFixed(6)

const waited = (event: LabEvent, { arrivedAtUs }: Delivery): string =>
  `waited ${seconds(event.occurredAtUs - arrivedAtUs)} s`

const happened = (event: MachineEvent): string => {
  switch (event.kind) {
    case "internal":
      return event.payload.label ?? ""
    case "sent":
      return `to ${list(event.payload.recipients)}${event.payload.label === undefined ? "" : `: ${event.payload.label}`}`
    case "received":
      return `${message(event.payload)}, ${waited(event, event.payload)}`
    case "dropped":
      return `${message(event.payload)}, ${event.payload.reason}`
    case "started":
      return `${event.payload.rate} ticks a second, sends to ${event.payload.peers.length === 0 ? "nobody" : list(event.payload.peers)}`
    case "missed":
      return `${event.payload.count} ticks from tick ${event.payload.first} on, ${event.payload.reason}`
    case "stopped":
      return `${event.payload.reason}, ${event.payload.inbox.length} messages left in the queue`
    case "resumed":
      return `after ${seconds(event.payload.downUs)} s`
  }
}

/** The names of the columns, each as wide as its column. */
export const header = "system time                  [since start, s]  event      kind      queue  clock  what"

/** One event of a machine; without a line end and without control characters. */
export const line = (event: MachineEvent, startUs: number): string => {
  const since = `[${seconds(event.occurredAtUs - startUs)}]`
  const columns = [
    toIso(event.occurredAtUs),
    since.padStart(17),
    address(event).padEnd(9),
    event.kind.padEnd(8),
    String(event.queueLength).padStart(5),
    String(event.lamport).padStart(5),
    happened(event).replace(/\p{Cc}/gu, " "),
  ]
  return columns.join("  ").trimEnd()
}
