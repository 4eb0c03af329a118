/**
 * A row of the log read by somebody who doubts it. `EventCodec.fromRow` rests on the record being what we wrote
 * and takes anything else for a defect; here whatever a row holds becomes an event, or says why it is none.
 */
import * as Either from "effect/Either"
import type { Kind, Recorded } from "../domain/ClockEvent.ts"
import * as EventPayload from "../domain/EventPayload.ts"
import * as Purpose from "../domain/Purpose.ts"
import type { Unreadable } from "../domain/verification/Shape.ts"
import * as EventCodec from "./EventCodec.ts"
import type { Log } from "./Tables.ts"

const carried = ["sender", "send_version", "sender_lamport", "sent_at", "arrived_at"] as const
const clocked = ["lamport", "queue_length"] as const
const optional = [...carried, ...clocked, "recipients"] as const
type Optional = (typeof optional)[number]

/** Which of the columns that may be null a kind fills; the others must be null. */
const filled = (kind: Kind, machine: number): ReadonlyArray<Optional> => {
  const clock = machine === 0 ? [] : clocked
  if (kind === "sent") return [...clock, "recipients"]
  return kind === "received" || kind === "dropped" ? [...clock, ...carried] : clock
}

const filledByKind = new Map<string, ReadonlySet<Optional>>()
const filledOf = (kind: Kind, machine: number): ReadonlySet<Optional> => {
  const key = machine === 0 ? `0${kind}` : kind
  const known = filledByKind.get(key)
  if (known !== undefined) return known
  const columns = new Set(filled(kind, machine))
  filledByKind.set(key, columns)
  return columns
}

/** The payload of kinds that keep it in columns has few keys beside them. */
const remarks = ["label", "line", "file", "derived", "match", "vector", ...Object.keys(Purpose.fields)]
const restKeys: Partial<Record<Kind, ReadonlyArray<string>>> = {
  internal: remarks,
  sent: remarks,
  received: [...remarks, "heldUs", "heldFor"],
  dropped: ["reason"],
  "run-finished": [],
}

const recipientsPattern = /^[1-9]\d{0,9}(,[1-9]\d{0,9})*$/

/** An event of an imported log knows its line, and may lack what that does not say. */
const isImported = ({ payload }: Log): boolean =>
  typeof payload === "object" && payload !== null && "line" in payload

const problemOf = (kind: Kind, row: Log): string | undefined => {
  const columns = filledOf(kind, row.machine)
  const mayLack = isImported(row)
  for (const column of optional) {
    if (columns.has(column) && row[column] === null && !mayLack)
      return `${kind} must have ${column}, found null`
    if (!columns.has(column) && row[column] !== null)
      return `${kind} has no ${column}, found ${String(row[column])}`
  }
  const current = EventPayload.currentVersion(kind)
  if (row.payload_version < 1 || row.payload_version > current)
    return `payload_version of ${kind} must be 1 to ${current}, found ${row.payload_version}`
  if (
    row.recipients !== null &&
    !(mayLack && row.recipients === "") &&
    !recipientsPattern.test(row.recipients)
  )
    return `recipients must be machines with commas between them, found ${JSON.stringify(row.recipients)}`
  const allowed = restKeys[kind]
  if (allowed === undefined) {
    const decoded = EventPayload.decode(
      kind,
      row.payload_version,
      (row.payload ?? {}) as Record<string, unknown>,
    )
    return Either.isLeft(decoded) ? `its payload is not one of ${kind}: ${decoded.left}` : undefined
  }
  if (row.payload === null) return undefined
  if (typeof row.payload !== "object" || Array.isArray(row.payload))
    return `its payload must be an object, found ${JSON.stringify(row.payload)}`
  const stray = Object.keys(row.payload).find((key) => !allowed.includes(key))
  return stray === undefined ? undefined : `the payload of ${kind} has no ${stray}`
}

/** The event of a row, or what is wrong with it. */
export const read = (row: Log): Recorded | Unreadable => {
  const { position, machine, version } = row
  const kind = EventCodec.kindOf(row.kind)
  const unreadable = kind === undefined ? `no kind of event has the code ${row.kind}` : problemOf(kind, row)
  return unreadable === undefined ? EventCodec.fromRow(row) : { position, machine, version, unreadable }
}
