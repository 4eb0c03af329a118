/**
 * What a row or an object says, field by field and as it was written, and the entry that this makes. Tables, JSON
 * and patterns differ in how they find fields; what a field means is told here, once.
 */
import type { Entry } from "../../domain/imported/Entry.ts"
import type { FieldName } from "./FieldNames.ts"
import { type KindWord, kindOf } from "./KindWords.ts"
import { timeOf } from "./Time.ts"
import { namesByPosition } from "./VectorPositions.ts"

export type Said = Record<FieldName, unknown>

export const unsaid = (): Said => ({
  kind: undefined,
  machine: undefined,
  time: undefined,
  lamport: undefined,
  queue: undefined,
  recipients: undefined,
  sender: undefined,
  senderLamport: undefined,
  message: undefined,
  arrivedAt: undefined,
  vector: undefined,
  label: undefined,
  version: undefined,
  sendVersion: undefined,
  payload: undefined,
  sentFlag: undefined,
  receivedFlag: undefined,
})

/** What a file knows beyond its lines. */
export interface Surroundings {
  /** For lines that do not name their machine. */
  readonly machine: string
  /** What the first entry of a vector without names is called: 0 or 1. */
  readonly firstPosition: 0 | 1
}

const nothing = new Set(["", "none", "null", "nil", "nan", "n/a", "na", "-", "undefined", "[]"])
const isNothing = (text: string): boolean => text.length <= 9 && nothing.has(text.toLowerCase())

export const absent = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && isNothing(value.trim()))

export const nameOf = (value: unknown): string | null => {
  if (typeof value === "string") {
    const text = value.trim()
    return isNothing(text) ? null : text
  }
  return typeof value === "number" && Number.isFinite(value) ? String(value) : null
}

const whole = /^\d{1,16}(?:\.0+)?$/

/** A whole number from 0 on; null if there is none, undefined if it is something else. */
const countOf = (value: unknown): number | null | undefined => {
  if (absent(value)) return null
  const number = typeof value === "string" && whole.test(value.trim()) ? Number(value) : (value as number)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

const instantOf = (value: unknown): number | null | undefined =>
  absent(value) ? null : (timeOf(value) ?? undefined)

const everybody = /^(?:all|both|every|broadcast|peers?\(s\)|others?\b)/i

/** Colons part numbers, but belong to an address. */
const listed = (text: string): ReadonlyArray<string> =>
  /^\d+(?::\d+)+$/.test(text)
    ? text.split(":")
    : text.split(/[\s,;&+|[\](){}'"]+|\band\b/).filter((name) => name.length > 0)

/** Names; null where it says to whom in words, or with more than names. */
const recipientsOf = (value: unknown): ReadonlyArray<string> | null => {
  if (Array.isArray(value)) {
    const names = value.map(nameOf)
    return names.length === 0 || names.includes(null) ? null : (names as Array<string>)
  }
  const name = nameOf(value)
  if (name === null || everybody.test(name)) return null
  const names = typeof value === "string" ? listed(name) : [name]
  return names.length === 0 ? null : names
}

const numbers = /^[\s[(<{]*(\d+(?:[\s,;:]+\d+)*)[\s\])>}]*$/

const parsed = (text: string): unknown => {
  const list = numbers.exec(text)?.[1]
  if (list !== undefined) return list.split(/[\s,;:]+/).map(Number)
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined if it is something else. */
const vectorOf = (
  value: unknown,
  machine: string,
  first: 0 | 1,
): Readonly<Record<string, number>> | null | undefined => {
  if (absent(value)) return null
  const told = typeof value === "string" ? parsed(value) : value
  if (typeof told !== "object" || told === null) return undefined
  const pairs: ReadonlyArray<readonly [string, unknown]> = Array.isArray(told)
    ? namesByPosition(machine, told.length, first).map((name, at) => [name, told[at]] as const)
    : Object.entries(told)
  const counts = pairs.map(([name, count]) => [name, countOf(count)] as const)
  return counts.some(([, count]) => typeof count !== "number")
    ? undefined
    : (Object.fromEntries(counts) as Record<string, number>)
}

const raised = (flag: unknown): boolean =>
  flag === true || flag === 1 || (typeof flag === "string" && /^\s*(?:1|true|yes)\s*$/i.test(flag))

const flagged = (said: Said): KindWord | undefined => {
  if (said.sentFlag === undefined && said.receivedFlag === undefined) return undefined
  if (raised(said.receivedFlag)) return "received"
  return raised(said.sentFlag) ? "sent" : "internal"
}

export const kindSaid = (said: Said): KindWord | undefined => {
  const { kind } = said
  if (kind === undefined) return flagged(said)
  return typeof kind === "string" ? kindOf(kind) : undefined
}

/** As Lightcone's own exports name a message: its sender and the version of the send. */
const addressed = (sender: unknown, version: unknown): string | null => {
  const [name, count] = [nameOf(sender), countOf(version)]
  return name === null || typeof count !== "number" ? null : `${name}/${count}`
}

const messageOf = (said: Said, machine: string, isReceipt: boolean): string | null =>
  nameOf(said.message) ??
  (isReceipt ? addressed(said.sender, said.sendVersion) : addressed(machine, said.version))

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)

/** One entry; none where the line is of another kind; undefined where it cannot be understood. */
export const understood = (
  said: Said,
  around: Surroundings,
  line: number,
): ReadonlyArray<Entry> | undefined => {
  const kind = kindSaid(said)
  if (kind === undefined) return undefined
  if (kind === "none") return []
  const machine = nameOf(said.machine) ?? around.machine
  const isVector = typeof said.lamport === "object" && said.lamport !== null
  const lamport = isVector ? null : countOf(said.lamport)
  const vector = vectorOf(said.vector ?? (isVector ? said.lamport : null), machine, around.firstPosition)
  const queueLength = countOf(said.queue)
  const atUs = instantOf(said.time)
  if (lamport === undefined || vector === undefined || queueLength === undefined || atUs === undefined)
    return undefined
  const isReceipt = kind === "received"
  const senderLamport = isReceipt ? countOf(said.senderLamport) : null
  const arrivedAtUs = isReceipt ? instantOf(said.arrivedAt) : null
  if (senderLamport === undefined || arrivedAtUs === undefined) return undefined
  // Whole at once: an object made by spreading another takes longer than all the rest of a line.
  return [
    {
      kind,
      machine,
      line,
      atUs,
      lamport,
      queueLength,
      recipients: kind === "sent" ? recipientsOf(said.recipients) : null,
      sender: isReceipt ? nameOf(said.sender) : null,
      senderLamport,
      arrivedAtUs,
      message: kind === "internal" ? null : messageOf(said, machine, isReceipt),
      vector,
      label: textOf(said.label),
    },
  ]
}
