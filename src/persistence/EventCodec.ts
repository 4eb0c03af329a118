/** Events as rows of the log and as the one JSON shape in which they leave Lightcone. */
import * as Either from "effect/Either"
import type { AnyEvent, Kind, Recorded } from "../domain/ClockEvent.ts"
import * as EventPayload from "../domain/EventPayload.ts"
import type { AnyDelivery } from "../domain/Message.ts"
import * as Quoting from "./Quoting.ts"
import type { Log } from "./Tables.ts"

/** A kind's code is its place here, from 1; only ever appended to. */
const kinds: ReadonlyArray<Kind> = [
  "internal",
  "sent",
  "received",
  "started",
  "dropped",
  "missed",
  "stopped",
  "resumed",
  "run-started",
  "run-resumed",
  "run-finished",
  "run-imported",
  "fault-injected",
  "run-requested",
  "run-forked",
]
const codes = new Map(kinds.map((kind, i) => [kind, i + 1]))

export const codeOf = (kind: Kind): number => codes.get(kind)!

/** Undefined where no kind has the code. */
export const kindOf = (code: number): Kind | undefined => kinds[code - 1]

/** What an append writes, a column a list, in the order of the statement's parameters. */
export const columns = [
  ["occurred_at", "bigint"],
  ["sent_at", "bigint"],
  ["arrived_at", "bigint"],
  ["machine", "integer"],
  ["version", "integer"],
  ["lamport", "integer"],
  ["queue_length", "integer"],
  ["sender", "integer"],
  ["send_version", "integer"],
  ["sender_lamport", "integer"],
  ["kind", "smallint"],
  ["payload_version", "smallint"],
  ["recipients", "text"],
  ["payload", "jsonb"],
] as const satisfies ReadonlyArray<readonly [keyof Log, string]>

/** Payload keys that columns hold. */
const inColumns = {
  internal: new Set<string>(),
  sent: new Set(["recipients"]),
  received: new Set(["sender", "sendVersion", "senderLamport", "sentAtUs", "arrivedAtUs"]),
}

/** The other keys, most often none; key by key, as a rest pattern takes microseconds. */
const others = (payload: object, known: ReadonlySet<string>): Record<string, unknown> | undefined => {
  let rest: Record<string, unknown> | undefined
  for (const key in payload) {
    if (known.has(key)) continue
    rest ??= {}
    rest[key] = (payload as Record<string, unknown>)[key]
  }
  return rest
}

const isText = columns.map(([, type]) => type === "text" || type === "jsonb")

/** The part of a payload that no column holds. */
const restOf = (event: AnyEvent): Record<string, unknown> | undefined => {
  switch (event.kind) {
    case "run-finished":
      return undefined
    case "internal":
    case "sent":
    case "received":
      return others(event.payload, inColumns[event.kind])
    case "dropped":
      return { reason: event.payload.reason }
    // Their own encoding. A run of a thousand machines begins with as many of these, and its first ticks wait.
    case "started":
    case "missed":
      return { ...event.payload }
    default:
      return EventPayload.encode(event)
  }
}

/** The values of an event's columns, in their order; texts bare. */
export const toRow = (event: AnyEvent): ReadonlyArray<number | string | null | undefined> => {
  const inMachine = "lamport" in event
  const delivery: AnyDelivery | undefined =
    event.kind === "received" || event.kind === "dropped" ? event.payload : undefined
  const rest = restOf(event)
  return [
    event.occurredAtUs,
    delivery?.sentAtUs,
    delivery?.arrivedAtUs,
    event.machine,
    event.version,
    inMachine ? event.lamport : undefined,
    inMachine ? event.queueLength : undefined,
    delivery?.sender,
    delivery?.sendVersion,
    delivery?.senderLamport,
    codeOf(event.kind),
    EventPayload.currentVersion(event.kind),
    event.kind === "sent" ? event.payload.recipients.join(",") : undefined,
    rest === undefined ? undefined : JSON.stringify(rest),
  ]
}

/**
 * Column lists as Postgres' array literals. Joining texts is several times faster than letting the driver
 * serialise arrays, and one statement serves every size of batch.
 */
export const toColumns = (events: ReadonlyArray<AnyEvent>): ReadonlyArray<string> => {
  const lists = columns.map((): Array<number | string> => [])
  for (const event of events) {
    const row = toRow(event)
    for (let i = 0; i < lists.length; i++) {
      const value = row[i] ?? "NULL"
      lists[i]!.push(isText[i] && value !== "NULL" ? Quoting.element(value as string) : value)
    }
  }
  return lists.map((list) => `{${list.join(",")}}`)
}

/** A stored row that cannot be what we wrote is a defect of the store, not a case to go on from. */
const unreadable = (row: Log, reason: string): Error =>
  new Error(`Cannot read event ${row.machine}/${row.version} at position ${row.position}: ${reason}`)

const noPayload = {}

const deliveryOf = (row: Log) => ({
  sender: row.sender,
  sendVersion: row.send_version,
  senderLamport: row.sender_lamport,
  sentAtUs: row.sent_at,
  arrivedAtUs: row.arrived_at,
})

/** Of the kinds that come by the million, objects are made at once and not put together. */
const payloadOf = (kind: Kind, row: Log): unknown => {
  const rest = row.payload as Record<string, unknown> | null
  switch (kind) {
    case "internal":
      return rest ?? noPayload
    case "sent": {
      const recipients = row.recipients === "" ? [] : row.recipients!.split(",").map(Number)
      return rest === null ? { recipients } : { recipients, ...rest }
    }
    case "received":
      return rest === null ? deliveryOf(row) : { ...deliveryOf(row), ...rest }
    case "dropped":
      return { ...deliveryOf(row), ...rest }
    default:
      return Either.getOrThrowWith(EventPayload.decode(kind, row.payload_version, rest ?? {}), (reason) =>
        unreadable(row, reason),
      )
  }
}

export const fromRow = (row: Log): Recorded => {
  const kind = kindOf(row.kind)
  if (kind === undefined) throw unreadable(row, `its kind must be 1 to ${kinds.length}, found ${row.kind}`)
  const { position, machine, version, occurred_at: occurredAtUs } = row
  const payload = payloadOf(kind, row)
  if (machine === 0) return { position, machine, version, occurredAtUs, kind, payload } as Recorded
  const { lamport, queue_length: queueLength } = row
  return { position, machine, version, occurredAtUs, kind, payload, lamport, queueLength } as Recorded
}

export interface EventJson {
  readonly run: string
  readonly position: number
  readonly machine: number
  readonly version: number
  readonly kind: Kind
  /** ISO 8601 in UTC with six decimals. */
  readonly occurredAt: string
  readonly lamport: number | null
  readonly queueLength: number | null
  readonly payload: Record<string, unknown>
}

export const toJson = (event: Recorded, run: string): EventJson => ({
  run,
  position: event.position,
  machine: event.machine,
  version: event.version,
  kind: event.kind,
  occurredAt: EventPayload.toIso(event.occurredAtUs),
  lamport: "lamport" in event ? event.lamport : null,
  queueLength: "queueLength" in event ? event.queueLength : null,
  payload: EventPayload.encode(event),
})
