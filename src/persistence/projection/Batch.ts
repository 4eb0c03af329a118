/**
 * The changes of many events, one for each row: what later events say of a row is merged into what earlier ones
 * said, so that a message sent and received within a batch is one insert. In the order of events it comes to the
 * same, whatever the batches are.
 *
 * Rows are looked up by key from the first update or upsert on; a projection that only inserts pays for no map.
 */
import type { Change, Columns, Projection } from "../../domain/projections/Projection.ts"
import { columnsOf } from "./ProjectedTable.ts"
import * as RowCheck from "./RowCheck.ts"

export type Row = Readonly<Record<string, unknown>>

interface Merged {
  change: Change<Columns>["change"]
  row: Record<string, unknown>
}

/** Rows that change the same columns. */
export interface Updates {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
}

export interface Batch {
  /** Throws where a change is none of the projection's table. */
  readonly add: (changes: ReadonlyArray<Change<Columns>>) => void
  readonly inserts: () => ReadonlyArray<Row>
  readonly upserts: () => ReadonlyArray<Row>
  readonly updates: () => ReadonlyArray<Updates>
}

export const make = (projection: Projection): Batch => {
  const columns = columnsOf(projection)
  const { table } = projection
  const key = table.key ?? []
  const inserted: Array<Row> = []
  /** Inserts of a key that is there already: left to the table to refuse. */
  const again: Array<Row> = []
  let byKey: Map<string | number, Merged> | undefined

  const keyOf = (row: Row): string | number => {
    if (key.length === 1) return row[key[0]!] as string | number
    let text = ""
    for (const name of key) text += `${row[name]}\u0000`
    return text
  }

  const fail = (what: string): never => {
    throw new Error(`a change of table ${projection.name} ${what}`)
  }

  const checkValue = (name: string, value: unknown): void => {
    const problem = RowCheck.problem(table.columns[name]!, value)
    if (problem !== undefined) fail(`has a wrong value: ${name} ${problem}`)
  }

  const check = ({ change, row }: Change<Columns>): void => {
    if (typeof row !== "object" || row === null) fail(`must have a row, found ${row}`)
    const whole = change === "insert" || change === "upsert"
    if (!whole && change !== "update") fail(`must be insert, upsert or update, found ${change}`)
    if (change !== "insert" && key.length === 0) fail("must be an insert, as the table has no key")
    let known = 0
    for (const name of columns) {
      const value = row[name]
      if (value !== undefined) {
        checkValue(name, value)
        known++
      } else if (whole) fail(`must give a whole row, found no ${name}`)
      else if (name in row) fail(`must give a value or null, found undefined for ${name}`)
    }
    let given = 0
    for (const _ in row) given++
    if (given > known)
      fail(
        `must name its columns (${columns.join(", ")}), found ${Object.keys(row).find((name) => !columns.includes(name))}`,
      )
    for (const name of key) if ((row[name] ?? null) === null) fail(`must give its key, found no ${name}`)
  }

  /** What was inserted so far, by key, when the first change that is no insert comes. */
  const index = (): Map<string | number, Merged> => {
    const map = new Map<string | number, Merged>()
    for (const row of inserted)
      if (map.has(keyOf(row))) again.push(row)
      else map.set(keyOf(row), { change: "insert", row: { ...row } })
    return map
  }

  const merge = ({ change, row }: Change<Columns>): void => {
    if (change === "insert" && byKey === undefined) {
      inserted.push(row)
      return
    }
    byKey ??= index()
    const at = keyOf(row)
    const before = byKey.get(at)
    if (change === "insert" && before !== undefined && before.change !== "update") again.push(row)
    // An update of a row that was not there yet has changed nothing.
    else if (before === undefined || change === "insert") byKey.set(at, { change, row: { ...row } })
    else {
      Object.assign(before.row, row)
      if (before.change === "update") before.change = change
    }
  }

  const merged = (change: Merged["change"]): ReadonlyArray<Row> => {
    const rows: Array<Row> = []
    for (const one of byKey?.values() ?? []) if (one.change === change) rows.push(one.row)
    return rows
  }

  return {
    add: (changes) => {
      for (const change of changes) {
        check(change)
        merge(change)
      }
    },
    inserts: () => (byKey === undefined ? inserted : [...merged("insert"), ...again]),
    upserts: () => merged("upsert"),
    updates: () => {
      const groups = new Map<string, { columns: ReadonlyArray<string>; rows: Array<Row> }>()
      for (const row of merged("update")) {
        const changing = columns.filter((name) => name in row && !key.includes(name))
        if (changing.length === 0) continue
        const group = groups.get(changing.join()) ?? { columns: changing, rows: [] }
        groups.set(changing.join(), group)
        group.rows.push(row)
      }
      return [...groups.values()]
    },
  }
}
