/**
 * Where the next page of a projection begins, as text for a URL: base64url of the JSON of the key's values or, where a
 * table has no key, of all values of a row and how many rows like it came before. Clients hand back what they like, so each value is looked at by its
 * column's type: what Postgres would not take must be the request's fault, and what a page gave must be taken.
 */
import type { ColumnType, Projection } from "../domain/projections/Projection.ts"
import * as PlaceInOrder from "../persistence/projection/PlaceInOrder.ts"
import type * as ProjectionPage from "../persistence/projection/ProjectionPage.ts"

export const write = (cursor: ProjectionPage.Cursor | undefined): string | null =>
  cursor === undefined ? null : Buffer.from(JSON.stringify(cursor)).toString("base64url")

const isDouble = (value: unknown): boolean =>
  Number.isFinite(value) || value === "NaN" || value === "Infinity" || value === "-Infinity"

/** A lone half of a pair is no text of Postgres'. */
const isText = (value: unknown): value is string =>
  typeof value === "string" && !value.includes("\0") && !/\p{Surrogate}/u.test(value)

/** What is nested deeper no projection of anybody's is keyed by, and Postgres might not take. */
const deepest = 100

const isJson = (value: unknown, depth = 0): boolean => {
  if (typeof value === "string") return isText(value)
  if (typeof value !== "object" || value === null) return true
  return (
    depth < deepest && Object.entries(value).every(([name, one]) => isText(name) && isJson(one, depth + 1))
  )
}

/** Beyond what a number holds exactly it comes as its digits. */
const isBigint = (value: unknown): boolean =>
  Number.isSafeInteger(value) ||
  (typeof value === "string" &&
    /^-?\d{1,19}$/.test(value) &&
    BigInt.asIntN(64, BigInt(value)) === BigInt(value))

/** As `ColumnTypes` gives it; a day or an hour that there is not is none. */
const isTimestamp = (value: unknown): boolean =>
  typeof value === "string" &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(value).toISOString().slice(0, 23) === value.slice(0, 23)

/** By the column's type. */
const holds: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  integer: (value) => Number.isInteger(value) && ((value as number) | 0) === value,
  bigint: isBigint,
  "double precision": isDouble,
  boolean: (value) => typeof value === "boolean",
  text: isText,
  timestamptz: isTimestamp,
  jsonb: (value) => value !== null && isJson(value),
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1

const isCursor = (value: unknown, { table }: Projection): value is ProjectionPage.Cursor => {
  if (!Array.isArray(value)) return false
  const order = PlaceInOrder.orderOf(table)
  const isOf = (name: string, i: number): boolean => holds[table.columns[name]!](value[i])
  return table.key === undefined
    ? value.length === order.length + 1 &&
        isCount(value[order.length]) &&
        order.every((name, i) => value[i] === null || isOf(name, i))
    : value.length === order.length && order.every(isOf)
}

/** Undefined where no page can have given it. */
export const read = (text: string, projection: Projection): ProjectionPage.Cursor | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
    return isCursor(value, projection) ? value : undefined
  } catch {
    return undefined
  }
}
