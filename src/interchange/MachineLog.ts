/**
 * A machine's log as the course asks for it: a line an event with the system time, the length of the queue and
 * the logical clock, to be read by people. Times are UTC; those in brackets count from the start of the schedule.
 * What a log from elsewhere does not say is "-", or left out.
 */
import { type AnyMachineEvent, address } from "../domain/ClockEvent.ts"
import { toIso } from "../domain/EventPayload.ts"
import type { AnyDelivery, HeldBack } from "../domain/Message.ts"

type Names = (machine: number) => string

const list = (machines: ReadonlyArray<number>, nameOf: Names): string =>
  machines.length === 0
    ? "somebody unknown"
    : `machine${machines.length === 1 ? "" : "s"} ${machines.map(nameOf).join(" and ")}`

const message = ({ sender, sendVersion, senderLamport }: AnyDelivery, nameOf: Names): string => {
  const of = sender === null ? "of nobody known" : `of machine ${nameOf(sender)}`
  const which = sendVersion === null ? `a message ${of}, its send unknown` : `${sender}/${sendVersion} ${of}`
  return senderLamport === null ? which : `${which}, its clock ${senderLamport}`
}

const seconds = (us: number): string => (us / 1_000_000).toFixed(6)

const waited = (atUs: number, { arrivedAtUs }: AnyDelivery): string =>
  arrivedAtUs === null ? "" : `, waited ${seconds(atUs - arrivedAtUs)} s`

/** In seconds, and for which message; nothing where it was not. */
export const held = ({ heldUs, heldFor }: HeldBack): string =>
  heldUs === undefined
    ? ""
    : `, held back ${seconds(heldUs)} s${heldFor === undefined ? "" : ` for ${heldFor}`}`

const labelled = ({ label }: { readonly label?: string }): string => (label === undefined ? "" : `: ${label}`)

const happened = (event: AnyMachineEvent, nameOf: Names): string => {
  switch (event.kind) {
    case "internal":
      return event.payload.label ?? ""
    case "sent":
      return `to ${list(event.payload.recipients, nameOf)}${labelled(event.payload)}`
    case "received":
      return `${message(event.payload, nameOf)}${held(event.payload)}${waited(event.occurredAtUs, event.payload)}${labelled(event.payload)}`
    case "dropped":
      return `${message(event.payload, nameOf)}, ${event.payload.reason}`
    case "started":
      return `${event.payload.rate} ticks a second, sends to ${event.payload.peers.length === 0 ? "nobody" : list(event.payload.peers, nameOf)}`
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

const said = (value: number | null): string => (value === null ? "-" : String(value)).padStart(5)

/** One event of a machine; without a line end and without control characters. */
export const line = (event: AnyMachineEvent, startUs: number, nameOf: Names = String): string => {
  const since = `[${seconds(event.occurredAtUs - startUs)}]`
  const columns = [
    toIso(event.occurredAtUs),
    since.padStart(17),
    address(event).padEnd(9),
    event.kind.padEnd(8),
    said(event.queueLength),
    said(event.lamport),
    happened(event, nameOf).replace(/[\p{Cc}\u2028\u2029]/gu, " "),
  ]
  return columns.join("  ").trimEnd()
}
