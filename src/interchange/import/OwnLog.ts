/**
 * The log of a run of ours as `export --format jsonl` writes it: every event whole, so that what is read is the same
 * run, event by event. Its first event says where the copy came from.
 */
import * as Either from "effect/Either"
import type { Recorded } from "../../domain/ClockEvent.ts"
import * as EventPayload from "../../domain/EventPayload.ts"
import { Malformed, type Sample } from "./Format.ts"

export const name = "lightcone"

type Fields = Readonly<Record<string, unknown>>

const parsed = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined
  } catch {
    return undefined
  }
}

/** Whether a file begins as a whole run does, not a window of one. */
export const isBegun = ({ lines }: Sample): boolean => {
  const first = parsed(lines[0] ?? "")
  return (
    first !== undefined &&
    first.position === 1 &&
    ["run-started", "run-imported", "run-requested", "run-forked"].includes(String(first.kind)) &&
    typeof first.payload === "object"
  )
}

const isWhole = (value: unknown, least: number): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least && value < 2 ** 31

const isWholeOrNull = (value: unknown): boolean => value === null || isWhole(value, 0)

const digits = (text: string, from: number, to: number): number => {
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

/** Microseconds of the day's beginning, for the day that was last asked for. */
let day = ""
let dayUs = 0

/** As `EventPayload.fromIso`, without a date for every event; NaN if it is none. */
const timeOf = (value: unknown): number => {
  if (typeof value !== "string" || value.length !== 27) return Number.NaN
  const date = value.slice(0, 11)
  if (date !== day) {
    dayUs = EventPayload.fromIso(`${date}00:00:00.000000Z`)
    day = date
  }
  const hours = digits(value, 11, 13)
  const minutes = digits(value, 14, 16)
  const seconds = digits(value, 17, 19)
  const shaped = value[13] === ":" && value[16] === ":" && value[19] === "." && value[26] === "Z"
  if (!shaped || hours > 23 || minutes > 59 || seconds > 59) return Number.NaN
  return dayUs + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + digits(value, 20, 26)
}

const keysOf = (payload: Fields): number => {
  let count = 0
  for (const _ in payload) count++
  return count
}

/** Payloads of the kinds that come by the million, where they are as ours are; undefined sends them the long way. */
const shortWay = (kind: unknown, payload: Fields): Fields | undefined => {
  if (kind === "internal") return keysOf(payload) === 0 ? payload : undefined
  if (kind === "sent") {
    const { recipients } = payload
    return keysOf(payload) === 1 && Array.isArray(recipients) && recipients.every((one) => isWhole(one, 1))
      ? payload
      : undefined
  }
  if (kind !== "received" || keysOf(payload) !== 5) return undefined
  const { sender, sendVersion, senderLamport } = payload
  const sentAtUs = timeOf(payload.sentAt)
  const arrivedAtUs = timeOf(payload.arrivedAt)
  return isWhole(sender, 1) &&
    isWhole(sendVersion, 1) &&
    isWhole(senderLamport, 0) &&
    !Number.isNaN(sentAtUs + arrivedAtUs)
    ? { sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs }
    : undefined
}

const payloadOf = (kind: string, payload: Fields, line: number): Fields => {
  const short = shortWay(kind, payload)
  if (short !== undefined) return short
  if (/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(payload)))
    throw new Malformed(
      line,
      "texts must be of characters that a store can hold, found a zero or half of one",
    )
  if (!EventPayload.isKind(kind)) throw new Malformed(line, `no event is of kind ${JSON.stringify(kind)}`)
  const decoded = EventPayload.decode(kind, EventPayload.currentVersion(kind), payload)
  if (Either.isLeft(decoded))
    throw new Malformed(
      line,
      `the payload must be one of ${kind}: ${decoded.left.split("\n").at(-1)!.trim()}`,
    )
  return decoded.right as unknown as Fields
}

/** One event; its position must be `expected`. */
export const eventOf = (text: string, line: number, expected: number): Recorded => {
  const fields = parsed(text)
  if (fields === undefined) throw new Malformed(line, "every line must be a JSON object")
  const { position, machine, version, kind, lamport, queueLength, payload } = fields
  if (position !== expected)
    throw new Malformed(
      line,
      `positions must be 1, 2, 3, ...: expected ${expected}, found ${String(position)}`,
    )
  const occurredAtUs = timeOf(fields.occurredAt)
  if (Number.isNaN(occurredAtUs))
    throw new Malformed(
      line,
      `occurredAt must be a time with six decimals, in UTC, found ${JSON.stringify(fields.occurredAt)}`,
    )
  if (!isWhole(machine, 0) || !isWhole(version, 1) || typeof kind !== "string")
    throw new Malformed(line, "an event must have machine, version and kind")
  if (!isWholeOrNull(lamport) || !isWholeOrNull(queueLength))
    throw new Malformed(line, "lamport and queueLength must be whole numbers or null")
  if (typeof payload !== "object" || payload === null)
    throw new Malformed(line, "an event must have a payload")
  const decoded = payloadOf(kind, payload as Fields, line)
  const event =
    machine === 0
      ? { position, machine, version, occurredAtUs, kind, payload: decoded }
      : { position, machine, version, occurredAtUs, kind, payload: decoded, lamport, queueLength }
  return event as unknown as Recorded
}

/** The first event of a copy, which says where it is from. */
export const marked = (first: Recorded, file: string, run: unknown): Recorded => {
  if (!["run-started", "run-requested", "run-forked"].includes(first.kind)) return first
  const origin = { format: name, files: [file], ...(typeof run === "string" ? { run } : {}) }
  return { ...first, payload: { ...first.payload, origin } } as Recorded
}

export const runOf = (text: string): unknown => parsed(text)?.run
