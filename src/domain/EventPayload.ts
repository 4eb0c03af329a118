/**
 * Payloads as they are written: JSON with times as ISO 8601 in UTC to the microsecond, a version for each kind,
 * and an upcaster for each step between versions. Old events stay readable; kinds are only ever added.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UnderWay } from "./Change.ts"
import type { AnyEvent, Kind } from "./ClockEvent.ts"
import { Fault } from "./Fault.ts"
import { Imported, Match, Origin } from "./Imported.ts"
import * as Purpose from "./Purpose.ts"
import { RunConfig } from "./RunConfig.ts"

const isoPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/

export const toIso = (us: number): string =>
  `${new Date(Math.floor(us / 1_000)).toISOString().slice(0, 19)}.${String(us % 1_000_000).padStart(6, "0")}Z`

export const fromIso = (text: string): number => {
  const match = isoPattern.exec(text)
  return match === null ? Number.NaN : Date.parse(`${match[1]}Z`) * 1_000 + Number(match[2])
}

/** Microseconds since the epoch, written as ISO 8601. */
const Time = Schema.transform(Schema.String.pipe(Schema.pattern(isoPattern)), Schema.Number, {
  strict: true,
  decode: fromIso,
  encode: toIso,
})

const Count = Schema.NonNegativeInt
const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const remarks = {
  ...Purpose.fields,
  label: maybe(Schema.String),
  line: maybe(Count),
  file: maybe(Count),
  derived: maybe(Schema.Array(Schema.Literal("lamport", "occurredAt"))),
  match: maybe(Match),
  vector: maybe(Schema.Record({ key: Schema.String, value: Count })),
}

const delivery = {
  sender: Count,
  sendVersion: Count,
  senderLamport: Count,
  sentAtUs: Schema.propertySignature(Time).pipe(Schema.fromKey("sentAt")),
  arrivedAtUs: Schema.propertySignature(Time).pipe(Schema.fromKey("arrivedAt")),
}

/** As an imported log may have it. */
const anyDelivery = {
  sender: Schema.NullOr(Count),
  sendVersion: Schema.NullOr(Count),
  senderLamport: Schema.NullOr(Count),
  sentAtUs: Schema.propertySignature(Schema.NullOr(Time)).pipe(Schema.fromKey("sentAt")),
  arrivedAtUs: Schema.propertySignature(Schema.NullOr(Time)).pipe(Schema.fromKey("arrivedAt")),
}

const DropReason = Schema.Literal("drop-newest", "drop-oldest", "loss", "duplicate")
const MissReason = Schema.Literal("overdue", "store-outage")
const StopReason = Schema.Literal("finished", "interrupted", "store-lost")

const schemas = {
  internal: Schema.Struct(remarks),
  sent: Schema.Struct({ recipients: Schema.Array(Count), ...remarks }),
  received: Schema.Struct({
    ...anyDelivery,
    heldUs: maybe(Count),
    heldFor: maybe(Schema.String),
    ...remarks,
  }),
  started: Schema.Struct({ rate: Count, phaseUs: Count, peers: Schema.Array(Count) }),
  dropped: Schema.Struct({ ...delivery, reason: DropReason }),
  missed: Schema.Struct({ first: Count, count: Count, reason: MissReason }),
  stopped: Schema.Struct({ reason: StopReason, inbox: Schema.Array(Schema.Struct(delivery)) }),
  resumed: Schema.Struct({ downUs: Count }),
  "run-started": Schema.extend(RunConfig, Schema.Struct({ origin: maybe(Origin) })),
  "run-requested": Schema.Struct({ config: RunConfig, origin: maybe(Origin) }),
  "run-forked": Schema.Struct({
    config: RunConfig,
    parent: Schema.Struct({ run: Schema.String, position: Count }),
    set: Schema.Array(Schema.String),
    underWay: maybe(Schema.Array(UnderWay)),
    origin: maybe(Origin),
  }),
  "run-imported": Imported,
  "run-resumed": Schema.Struct({ downUs: Count }),
  "run-finished": Schema.Struct({}),
  "fault-injected": Fault,
} as const satisfies Record<Kind, unknown>

type Upcaster = (older: Record<string, unknown>) => Record<string, unknown>

/** By kind, the steps from version 1 to 2, from 2 to 3, ... */
const upcasters: { readonly [K in Kind]?: ReadonlyArray<Upcaster> } = {
  // Version 1 knew one cause of a missed tick only.
  missed: [(older) => ({ ...older, reason: "overdue" })],
}

/** The version in which payloads of a kind are written. */
export const currentVersion = (kind: Kind): number => 1 + (upcasters[kind]?.length ?? 0)

/** Brings a payload of an older version up to the current one. */
export const upcast = (kind: Kind, version: number, payload: Record<string, unknown>) =>
  (upcasters[kind] ?? []).slice(version - 1).reduce((older, step) => step(older), payload)

export const isKind = (text: string): text is Kind => text in schemas

/** Decodes a payload of any version; the failure says what must hold and what was found. */
export const decode = <K extends Kind>(
  kind: K,
  version: number,
  payload: Record<string, unknown>,
): Either.Either<Extract<AnyEvent, { kind: K }>["payload"], string> =>
  Schema.decodeUnknownEither(schemas[kind] as unknown as Schema.Schema<never>)(
    upcast(kind, version, payload),
  ).pipe(Either.mapLeft((error) => ParseResult.TreeFormatter.formatErrorSync(error)))

/** The payload in its current version, as it is written. */
export const encode = (event: AnyEvent): Record<string, unknown> =>
  Schema.encodeSync(schemas[event.kind] as unknown as Schema.Schema<unknown, Record<string, unknown>>)(
    event.payload,
  )
