/**
 * How columns arrive in JavaScript, given to each pool and never set globally. `pg`'s own parsers make a
 * `Date` of a timestamptz, which loses microseconds, shift a `date` by the local zone, and make floats of
 * a `numeric[]`. Here nothing is lost: what a JavaScript value cannot hold stays text.
 */
import pg from "pg"

/**
 * Postgres's text of a timestamptz, whatever the session's zone, as ISO 8601 in UTC with six decimals.
 * `infinity`, years before Christ or above 9999 and other date styles stay as they are.
 */
export const isoMicroseconds = (text: string): string => {
  const match =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(text)
  if (match === null) return text
  const fraction = (match[3] ?? "").padEnd(6, "0")
  const offset = Number(match[5]) * 3_600 + Number(match[6] ?? 0) * 60 + Number(match[7] ?? 0)
  if (offset === 0) return `${match[1]}T${match[2]}.${fraction}Z`
  const local = Date.parse(`${match[1]}T${match[2]}Z`)
  const utc = new Date(local - (match[4] === "-" ? -offset : offset) * 1_000).toISOString()
  return utc.length === 24 ? `${utc.slice(0, 19)}.${fraction}Z` : text
}

/** A number where that is exact, otherwise its digits. */
const safeInteger = (text: string): number | string => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

const asText = (text: string): string => text

const parseTextArray: (text: string) => ReadonlyArray<unknown> = pg.types.getTypeParser(1009 as never, "text")

const arrayOf =
  (parse: (text: string) => unknown) =>
  (text: string): ReadonlyArray<unknown> =>
    parseTextArray(text).map((item) => (typeof item === "string" ? parse(item) : item))

/** By the type's oid: int8; date, timestamp, timestamptz, interval; numeric; and their arrays. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [20, safeInteger],
  [1016, arrayOf(safeInteger)],
  [1082, asText],
  [1182, arrayOf(asText)],
  [1114, asText],
  [1115, arrayOf(asText)],
  [1184, isoMicroseconds],
  [1185, arrayOf(isoMicroseconds)],
  [1186, asText],
  [1187, arrayOf(asText)],
  [1700, asText],
  [1231, arrayOf(asText)],
])

/** `types` of a `pg` pool, client or query. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    (format === "binary" ? undefined : parsers.get(oid)) ??
    pg.types.getTypeParser(oid, format ?? "text")) as pg.CustomTypesConfig["getTypeParser"],
}
