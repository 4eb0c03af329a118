/** Where a replayed event is not the recorded one: both values, field by field. */
import { address, isClockEvent, type Logged, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import type { Purposed } from "../Purpose.ts"

export type Value = number | string | null

export interface Difference {
  readonly position: number
  /** The event's address, machine/version. */
  readonly event: string
  /** Of the event or, after a dot, of its payload. */
  readonly field: string
  readonly recorded: Value
  readonly replayed: Value
}

export type Tell = (event: Logged, field: string, recorded: Value, replayed: Value) => void

export const make = (event: Logged, field: string, recorded: Value, replayed: Value): Difference => ({
  position: event.position,
  event: address(event),
  field,
  recorded,
  replayed,
})

const list = (numbers: ReadonlyArray<number>): string => numbers.join(", ") || "none"

const same = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): boolean =>
  left.length === right.length && left.every((value, i) => value === right[i])

type Carried = Pick<Delivery, "senderLamport" | "sentAtUs">

const compareCarried = (
  event: Logged,
  at: string,
  recorded: Carried,
  replayed: Carried,
  tell: Tell,
): void => {
  if (recorded.senderLamport !== replayed.senderLamport)
    tell(event, `${at}.senderLamport`, recorded.senderLamport, replayed.senderLamport)
  if (recorded.sentAtUs !== replayed.sentAtUs)
    tell(event, `${at}.sentAtUs`, recorded.sentAtUs, replayed.sentAtUs)
}

const comparePayload = (recorded: Logged<MachineEvent>, replayed: MachineEvent, tell: Tell): void => {
  if (recorded.kind === "sent" && replayed.kind === "sent") {
    const [found, expected] = [recorded.payload.recipients, replayed.payload.recipients]
    if (!same(found, expected)) tell(recorded, "payload.recipients", list(found), list(expected))
  } else if (recorded.kind === "started" && replayed.kind === "started") {
    const [found, expected] = [recorded.payload, replayed.payload]
    if (found.rate !== expected.rate) tell(recorded, "payload.rate", found.rate, expected.rate)
    if (found.phaseUs !== expected.phaseUs) tell(recorded, "payload.phaseUs", found.phaseUs, expected.phaseUs)
    if (!same(found.peers, expected.peers))
      tell(recorded, "payload.peers", list(found.peers), list(expected.peers))
  } else if (recorded.kind === "received" && replayed.kind === "received")
    compareCarried(recorded, "payload", recorded.payload, replayed.payload, tell)
  else if (recorded.kind === "dropped" && replayed.kind === "dropped")
    compareCarried(recorded, "payload", recorded.payload, replayed.payload, tell)
  else if (recorded.kind === "stopped" && replayed.kind === "stopped")
    for (const [i, delivery] of replayed.payload.inbox.entries())
      compareCarried(recorded, `payload.inbox[${i}]`, recorded.payload.inbox[i]!, delivery, tell)
}

const comparePurpose = (event: Logged, recorded: Purposed, replayed: Purposed, tell: Tell): void => {
  for (const field of ["purpose", "snapshot", "tokens"] as const)
    if (recorded[field] !== replayed[field])
      tell(event, `payload.${field}`, recorded[field] ?? null, replayed[field] ?? null)
}

/** Tells every field in which an event made anew is not the recorded one; times are inputs and not compared. */
export const compare = (recorded: Logged<MachineEvent>, replayed: MachineEvent, tell: Tell): void => {
  if (recorded.version !== replayed.version) tell(recorded, "version", recorded.version, replayed.version)
  if (recorded.kind !== replayed.kind) tell(recorded, "kind", recorded.kind, replayed.kind)
  if (recorded.lamport !== replayed.lamport) tell(recorded, "lamport", recorded.lamport, replayed.lamport)
  comparePayload(recorded, replayed, tell)
  if (isClockEvent(recorded) && isClockEvent(replayed))
    comparePurpose(recorded, recorded.payload, replayed.payload, tell)
}
