/**
 * Where the next page of a projection begins, as text for a URL: base64url of the JSON of the key's values or, where a
 * table has no key, of how many rows came before. Clients hand back what they like, so each value is looked at by its
 * column's type: what Postgres would not take must be the request's fault, and what a page gave must be taken.
 */
import type { ColumnType, Projection } from "../domain/projections/Projection.ts"
import type * as ProjectionPage from "../persistence/projection/ProjectionPage.ts"

export const write = (cursor: ProjectionPage.Cursor | undefined): string | null =>
  cursor === undefined ? null : Buffer.from(JSON.stringify(cursor)).toString("base64url")

const isText = (value: unknown): value is string => typeof value === "string" && !value.includes("\0")

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

/** By the column's type; nobody pages by jsonb. */
const holds: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  integer: (value) => Number.isInteger(value) && ((value as number) | 0) === value,
  bigint: isBigint,
  "double precision": Number.isFinite,
  boolean: (value) => typeof value === "boolean",
  text: isText,
  timestamptz: isTimestamp,
  jsonb: () => false,
}

const isOffset = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

const isCursor = (value: unknown, { table: { key, columns } }: Projection): value is ProjectionPage.Cursor =>
  Array.isArray(value) &&
  (key === undefined
    ? value.length === 1 && isOffset(value[0])
    : value.length === key.length && key.every((name, i) => holds[columns[name]!](value[i])))

/** Undefined where no page can have given it. */
export const read = (text: string, projection: Projection): ProjectionPage.Cursor | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
    return isCursor(value, projection) ? value : undefined
  } catch {
    return undefined
  }
}
