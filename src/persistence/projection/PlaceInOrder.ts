/**
 * Rows of a table that has no key, in an order that stays: by the columns of its first index, then by all others.
 * A place in it is a row's values and how many rows with these very values came before, so whatever is written
 * meanwhile, no row that was there comes twice or never. How many rows came before in all, which a page could begin
 * after as well, changes with every row that is written among them.
 *
 * Rows with a null in the index's columns come last, as a part of their own: to compare whole rows is what the index
 * is good for, and Postgres compares none that hold a null.
 */
import { type RawBuilder, type SqlBool, sql } from "kysely"
import type { Columns, Table } from "../../domain/projections/Projection.ts"

export type Condition = RawBuilder<SqlBool>

/** A value as the driver reads it; null where the row has none. */
export type Value = unknown

const never: Condition = sql`false`
const always: Condition = sql`true`

export const orderOf = ({ key, columns, indexes }: Table<Columns>): ReadonlyArray<string> =>
  key ?? [...new Set([...(indexes?.[0] ?? []), ...Object.keys(columns)])]

/** A row's values in this order, as JSON can hold them: it has no NaN and no Infinity, which Postgres takes by name. */
export const placeOf = (table: Table<Columns>, row: Readonly<Record<string, Value>>): ReadonlyArray<Value> =>
  orderOf(table).map((name) => {
    const value = row[name]
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value
  })

/** As a parameter of the column's type. */
export const given = ({ columns }: Table<Columns>, name: string, value: Value): RawBuilder<unknown> =>
  sql`${columns[name] === "jsonb" ? JSON.stringify(value) : value}::${sql.raw(columns[name]!)}`

export const tuple = (parts: ReadonlyArray<RawBuilder<unknown>>): RawBuilder<unknown> =>
  sql`(${sql.join([...parts])})`

export const references = (names: ReadonlyArray<string>): ReadonlyArray<RawBuilder<unknown>> =>
  names.map((name) => sql`${sql.ref(name)}`)

const leadOf = ({ indexes }: Table<Columns>): ReadonlyArray<string> => indexes?.[0] ?? []

/** Whether a row, or a place, is of the part in which none of the index's columns is null. */
export const isWhole = (table: Table<Columns>, values: ReadonlyArray<Value>): boolean =>
  leadOf(table).every((_, i) => values[i] !== null)

export const whole = (table: Table<Columns>): Condition =>
  leadOf(table).reduce((all, name) => sql<SqlBool>`${all} and ${sql.ref(name)} is not null`, always)

export const hasPartial = (table: Table<Columns>): boolean => leadOf(table).length > 0

export const partial = (table: Table<Columns>): Condition =>
  leadOf(table).reduce((any, name) => sql<SqlBool>`${any} or ${sql.ref(name)} is null`, never)

/** At the place or behind it, nulls last, column by column. */
const behind = (
  table: Table<Columns>,
  names: ReadonlyArray<string>,
  values: ReadonlyArray<Value>,
): Condition => {
  const [name, ...others] = names
  if (name === undefined) return always
  const column = sql.ref(name)
  const rest = behind(table, others, values.slice(1))
  if (values[0] === null) return sql<SqlBool>`(${column} is null and ${rest})`
  const value = given(table, name, values[0])
  return sql<SqlBool>`(${column} > ${value} or ${column} is null or (${column} = ${value} and ${rest}))`
}

/** The same for the index to begin at, where it can. */
export const from = (table: Table<Columns>, values: ReadonlyArray<Value>): Condition => {
  const lead = leadOf(table)
  const exact = behind(table, orderOf(table), values)
  if (lead.length === 0 || !isWhole(table, values)) return exact
  const place = tuple(lead.map((name, i) => given(table, name, values[i])))
  return sql<SqlBool>`${tuple(references(lead))} >= ${place} and ${exact}`
}
