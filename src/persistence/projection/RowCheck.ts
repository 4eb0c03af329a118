/** Whether a change is one of a projection's table, asked before it is written: so the event that made it is known. */
import type { Change, Columns, ColumnType, Projection } from "../../domain/projections/Projection.ts"
import { columnsOf } from "./ProjectedTable.ts"

const isText = (value: unknown): boolean => typeof value === "string" && !value.includes("\u0000")

const fits: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  integer: (value) => typeof value === "number" && (value | 0) === value,
  bigint: Number.isSafeInteger,
  timestamptz: Number.isSafeInteger,
  "double precision": (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  text: isText,
  jsonb: (value) => isText(JSON.stringify(value)),
}

const expected: Readonly<Record<ColumnType, string>> = {
  integer: "a whole number that 32 bits hold",
  bigint: "a whole number up to 2^53",
  timestamptz: "whole microseconds since 1970",
  "double precision": "a number",
  boolean: "true or false",
  text: "a text without NUL",
  jsonb: "a JSON value",
}

/** Throws with what must hold of a change and does not. */
export const make = (projection: Projection): ((change: Change<Columns>) => void) => {
  const { table } = projection
  const names = columnsOf(projection)
  const columns = names.map((name) => ({ name, type: table.columns[name]! }))
  const key = table.key ?? []

  const fail = (what: string): never => {
    throw new Error(`a change of table ${projection.name} ${what}`)
  }

  return ({ change, row }) => {
    if (typeof row !== "object" || row === null) fail(`must have a row, found ${row}`)
    const whole = change === "insert" || change === "upsert"
    if (!whole && change !== "update") fail(`must be insert, upsert or update, found ${change}`)
    if (change !== "insert" && key.length === 0) fail("must be an insert, as the table has no key")
    let known = 0
    for (const { name, type } of columns) {
      const value = row[name]
      if (value === undefined) {
        if (whole) fail(`must give a whole row, found no ${name}`)
        if (name in row) fail(`must give a value or null, found undefined for ${name}`)
        continue
      }
      known++
      if (value !== null && !fits[type](value))
        fail(`has a wrong value: ${name} must be ${expected[type]}, found ${String(value)}`)
    }
    let given = 0
    for (const _ in row) given++
    if (given > known)
      fail(
        `must name its columns (${names.join(", ")}), found ${Object.keys(row).find((name) => !names.includes(name))}`,
      )
    for (const name of key) if ((row[name] ?? null) === null) fail(`must give its key, found no ${name}`)
  }
}
