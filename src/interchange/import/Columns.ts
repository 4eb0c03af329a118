/** Which column of a table says what: by its heading, or by place where a table has none. */
import { type FieldName, fieldOf } from "./FieldNames.ts"
import { kindOf } from "./KindWords.ts"
import type { Said } from "./Said.ts"
import { timeIn } from "./Time.ts"

/** By place; undefined is a column that says nothing that is needed. */
export type Columns = ReadonlyArray<FieldName | undefined>

const tellsKind = (columns: Columns): boolean =>
  columns.includes("kind") || columns.includes("sentFlag") || columns.includes("receivedFlag")

const tellsOrder = (columns: Columns): boolean =>
  columns.includes("lamport") || columns.includes("time") || columns.includes("vector")

/** Of a heading; undefined if the row is none. A column that is headed by a point in time has times. */
export const headed = (cells: ReadonlyArray<string>): Columns | undefined => {
  const seen = new Set<FieldName>()
  const columns = cells.map((cell) => {
    const field = fieldOf(cell) ?? (/^\s*\d{10,19}\s*$/.test(cell) ? "time" : undefined)
    if (field === undefined || seen.has(field)) return undefined
    seen.add(field)
    return field
  })
  return tellsKind(columns) && tellsOrder(columns) && seen.size >= 2 ? columns : undefined
}

const count = /^\s*\d{1,16}\s*$/

const kindFirst = (cells: ReadonlyArray<string>): Columns | undefined => {
  if (kindOf(cells[0]!) === undefined || timeIn((cells[1] ?? "").trim()) === null) return undefined
  if (cells.length === 3) return count.test(cells[2]!) ? ["kind", "time", "lamport"] : undefined
  if (!count.test(cells[2]!) || !count.test(cells[3] ?? "")) return undefined
  const kind = kindOf(cells[0]!)
  const peer = kind === "sent" ? "recipients" : kind === "received" ? "sender" : undefined
  return ["kind", "time", "queue", "lamport", peer]
}

const timeFirst = (cells: ReadonlyArray<string>): Columns | undefined => {
  const kind = kindOf(cells[2] ?? "")
  if (kind === undefined || timeIn(cells[0]!.trim()) === null) return undefined
  if (!count.test(cells[1]!) || !count.test(cells[3] ?? "")) return undefined
  const peer = kind === "sent" ? "recipients" : kind === "received" ? "sender" : undefined
  return ["time", "lamport", "kind", "queue", peer]
}

/** Of a row of a table without a heading: kind, time, queue, clock, peer, or time, clock, kind, queue, peer. */
export const placed = (cells: ReadonlyArray<string>): Columns | undefined =>
  cells.length < 3 ? undefined : (kindFirst(cells) ?? timeFirst(cells))

export const fill = (said: Said, columns: Columns, cells: ReadonlyArray<string>): void => {
  for (let at = 0; at < columns.length; at++) {
    const field = columns[at]
    if (field !== undefined) said[field] = cells[at]
  }
}
