/**
 * Whether a record is an event at all. A log may come from anywhere, so nothing is believed of it: whatever
 * passes here can be folded without a further look at types, and whatever does not is a failure, not a defect.
 */

import * as Schema from "effect/Schema"
import { Fault } from "../Fault.ts"
import * as Purpose from "../Purpose.ts"

const isFault = Schema.is(Fault)

/** Where a record stands. */
export interface Placed {
  readonly position: number
  readonly machine: number
  readonly version: number
}

/** What a store gives in an event's place where its columns make none. */
export interface Unreadable extends Placed {
  /** What must hold and does not. */
  readonly unreadable: string
}

const whole = (value: unknown, least = 0): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least

/** Positions are the store's integers, whatever somebody made of them. */
const maxPlace = 2 ** 31

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const wholes = (value: unknown): boolean => Array.isArray(value) && value.every((one) => whole(one, 1))

const isDelivery = (value: unknown): boolean =>
  isFields(value) &&
  whole(value.sender, 1) &&
  whole(value.sendVersion, 1) &&
  whole(value.senderLamport) &&
  whole(value.sentAtUs) &&
  whole(value.arrivedAtUs)

const isText = (value: unknown): boolean => typeof value === "string"
const isOptional = (value: unknown, holds: (value: unknown) => boolean): boolean =>
  value === undefined || holds(value)
const isOptionalText = (value: unknown): boolean => isOptional(value, isText)

const isOptionalCount = (value: unknown, least = 0): boolean => isOptional(value, (n) => whole(n, least))
const purposes: ReadonlySet<unknown> = new Set(Purpose.names)

const isPurposed = ({ purpose, snapshot, tokens }: Fields): boolean =>
  (purpose === undefined || purposes.has(purpose)) && isOptionalCount(snapshot, 1) && isOptionalCount(tokens)

const isHeldBack = ({ heldUs, heldFor }: Fields): boolean =>
  isOptionalCount(heldUs) && isOptionalText(heldFor)

const payloadHolds: Readonly<Record<string, (payload: Fields) => boolean>> = {
  internal: (p) => isOptionalText(p.label) && isPurposed(p),
  sent: (p) => wholes(p.recipients) && isOptionalText(p.label) && isPurposed(p),
  received: (p) => isDelivery(p) && isHeldBack(p) && isPurposed(p),
  started: (p) => whole(p.rate) && whole(p.phaseUs) && wholes(p.peers),
  dropped: (p) => isDelivery(p) && isText(p.reason),
  missed: (p) => whole(p.first) && whole(p.count, 1) && isText(p.reason),
  stopped: (p) => isText(p.reason) && Array.isArray(p.inbox) && p.inbox.every(isDelivery),
  resumed: (p) => whole(p.downUs),
}

const runKinds: ReadonlySet<unknown> = new Set([
  "run-requested",
  "run-forked",
  "run-started",
  "run-resumed",
  "run-finished",
  "fault-injected",
])

/** Whatever it is: what is no text need not be able to become one. */
const told = (value: unknown): string => {
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

/** What must hold of the record and does not; undefined if it is an event of a machine or of the run. */
export const problem = (event: unknown): string | undefined => {
  if (!isFields(event)) return `a record must be an object, found ${told(event)}`
  if (typeof event.unreadable === "string") return event.unreadable
  if (!whole(event.machine)) return `machine must be a whole number, found ${told(event.machine)}`
  if (!whole(event.version, 1)) return `version must be a whole number from 1, found ${told(event.version)}`
  if (!whole(event.occurredAtUs))
    return `its time must be whole microseconds, found ${told(event.occurredAtUs)}`
  if (!isFields(event.payload)) return `its payload must be an object, found ${told(event.payload)}`
  if (event.machine === 0) {
    if (!runKinds.has(event.kind)) return `machine 0 has no events of kind ${told(event.kind)}`
    return event.kind !== "fault-injected" || isFault(event.payload)
      ? undefined
      : "the payload is not one of kind fault-injected"
  }
  const kind = told(event.kind)
  const holds = Object.hasOwn(payloadHolds, kind) ? payloadHolds[kind] : undefined
  if (holds === undefined) return `machines have no events of kind ${kind}`
  if (!whole(event.lamport)) return `lamport must be a whole number, found ${told(event.lamport)}`
  if (!whole(event.queueLength)) return `queueLength must be a whole number, found ${told(event.queueLength)}`
  return holds(event.payload) ? undefined : `the payload is not one of kind ${kind}`
}

/** Where a record that is no event says that it stands; undefined if it does not. */
export const placeOf = (record: unknown): Placed | undefined => {
  if (!isFields(record)) return undefined
  const { position, machine, version } = record
  return [position, machine, version].every((number) => whole(number, -maxPlace))
    ? ({ position, machine, version } as Placed)
    : undefined
}
