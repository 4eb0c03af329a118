/**
 * Writes an advance in one statement, one round trip: checkpoint and rows, or neither. For what is followed live,
 * and for the embedded store, which takes no COPY and gives each transaction all of itself.
 */
import { CompiledQuery, type Kysely } from "kysely"
import { toIso } from "../../domain/EventPayload.ts"
import type { Projection } from "../../domain/projections/Projection.ts"
import * as Quoting from "../Quoting.ts"
import type { Tables } from "../Tables.ts"
import {
  type Advance,
  moving,
  refuse,
  type Source,
  type Statement,
  source,
  statement,
  type Writer,
} from "./Advance.ts"
import type { Row, Updates } from "./Batch.ts"
import { columnsOf, tableOf } from "./ProjectedTable.ts"

const element = (value: unknown, type: string): string => {
  if (value === null) return "NULL"
  switch (type) {
    case "timestamptz":
      return Quoting.element(toIso(value as number))
    case "text":
      return Quoting.element(String(value))
    case "jsonb":
      return Quoting.element(JSON.stringify(value))
    default:
      return String(value)
  }
}

/** One column of the rows as Postgres' array literal: one text serves every size of batch. */
const arrayOf = (rows: ReadonlyArray<Row>, column: string, type: string): string =>
  `{${rows.map((row) => element(row[column], type)).join(",")}}`

const from = (
  projection: Projection,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<Row>,
  made: Statement,
): Source => source(projection, columns, rows, made, arrayOf)

const inserting = (
  { projection, generation }: Advance,
  rows: ReadonlyArray<Row>,
  made: Statement,
): string => {
  const { names, rows: unnested } = from(projection, columnsOf(projection), rows, made)
  return `insert into ${tableOf(projection.name, generation)} (run_key, ${names})
    select advanced.run_key, given.* from advanced, ${unnested} as given (${names})`
}

const onConflict = ({ columns, key = [] }: Projection["table"]): string => {
  const names = key.map(Quoting.identifier).join(", ")
  const changing = Object.keys(columns).filter((name) => !key.includes(name))
  const set = changing
    .map((name) => `${Quoting.identifier(name)} = excluded.${Quoting.identifier(name)}`)
    .join(", ")
  return `on conflict (run_key, ${names}) do ${set === "" ? "nothing" : `update set ${set}`}`
}

/** Updates of one set of columns. Here and below `advanced` is a row that has the run's key. */
export const updating = (
  { projection, generation }: Advance,
  { columns, rows }: Updates,
  made: Statement,
): string => {
  const key = projection.table.key ?? []
  const { names, rows: unnested } = from(projection, [...key, ...columns], rows, made)
  const set = columns
    .map((name) => `${Quoting.identifier(name)} = given.${Quoting.identifier(name)}`)
    .join(", ")
  const same = key
    .map((name) => `t.${Quoting.identifier(name)} = given.${Quoting.identifier(name)}`)
    .join(" and ")
  return `update ${tableOf(projection.name, generation)} as t set ${set}
    from advanced, ${unnested} as given (${names}) where t.run_key = advanced.run_key and ${same}`
}

export const upserting = (advance: Advance, rows: ReadonlyArray<Row>, made: Statement): string =>
  `${inserting(advance, rows, made)} ${onConflict(advance.projection.table)}`

/** New rows as they are. */
export class RowList {
  readonly rows: Array<Row> = []

  push(row: Row): void {
    this.rows.push(row)
  }
}

const whole = (advance: Advance<RowList>) => {
  const made = statement()
  const parts = [`advanced as (${moving(advance, made)})`]
  const add = (text: string) => parts.push(`part${parts.length} as (${text})`)
  const { inserts, upserts, updates } = advance.changes
  if (inserts.rows.length > 0) add(inserting(advance, inserts.rows, made))
  if (upserts.length > 0) add(upserting(advance, upserts, made))
  for (const group of updates) add(updating(advance, group, made))
  return CompiledQuery.raw(`with ${parts.join(", ")} select run_key from advanced`, [...made.parameters])
}

/** One advance after another, a transaction each. */
export const make = (db: Kysely<Tables>): Writer<RowList> => ({
  newRows: () => new RowList(),
  // The parts of one statement do not see each other's rows.
  inOrder: false,
  write: async (advances) => {
    const written: Array<Advance<RowList>> = []
    for (const advance of advances) {
      const { rows } = await db.executeQuery(whole(advance)).catch((cause) => refuse(advance, cause))
      if (rows.length > 0) written.push(advance)
    }
    return written
  },
})
