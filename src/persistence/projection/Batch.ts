/**
 * The changes of many events, one for each row: what later events say of a row is merged into what earlier ones
 * said, so that a message sent and received within a batch is one insert. In the order of events it comes to the
 * same, whatever the batches are.
 *
 * Merging takes a map of all rows of the batch. Where a projection has changed no row that is as young as the batch,
 * new rows go straight to where they are collected, and what changes older ones is done after them.
 */
import type { Change, Columns, Projection } from "../../domain/projections/Projection.ts"
import { columnsOf } from "./ProjectedTable.ts"
import * as RowCheck from "./RowCheck.ts"

export type Row = Readonly<Record<string, unknown>>

/** Takes new rows as they come, in the form in which they will be written. */
export interface NewRows {
  readonly push: (row: Row) => void
}

/** Rows that change the same columns. */
export interface Updates {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
}

/** What is to be written, in this order. */
export interface Changes<R extends NewRows> {
  readonly inserts: R
  readonly upserts: ReadonlyArray<Row>
  readonly updates: ReadonlyArray<Updates>
  /** Whether merging pays for this projection. */
  readonly merges: boolean
}

export interface Batch<R extends NewRows> {
  /** Throws where a change is none of the projection's table. */
  readonly add: (changes: ReadonlyArray<Change<Columns>>) => void
  /** To be called once. */
  readonly finish: () => Changes<R>
}

interface Merged {
  change: Change<Columns>["change"]
  row: Record<string, unknown>
}

const keyer = (key: ReadonlyArray<string>) => {
  const [only] = key
  if (key.length === 1) return (row: Row) => row[only!] as string | number
  return (row: Row): string => {
    let text = ""
    for (const name of key) text += `${row[name]}\u0000`
    return text
  }
}

const grouped = (
  { table }: Projection,
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<string>,
): ReadonlyArray<Updates> => {
  const groups = new Map<string, { columns: ReadonlyArray<string>; rows: Array<Row> }>()
  for (const row of rows) {
    const changing = columns.filter((name) => name in row && !table.key?.includes(name))
    if (changing.length === 0) continue
    const group = groups.get(changing.join()) ?? { columns: changing, rows: [] }
    groups.set(changing.join(), group)
    group.rows.push(row)
  }
  return [...groups.values()]
}

/** `merging` keeps new rows until the end, so that later changes go into them. */
export const make = <R extends NewRows>(projection: Projection, inserts: R, merging: boolean): Batch<R> => {
  const columns = columnsOf(projection)
  const check = RowCheck.make(projection)
  const keyOf = keyer(projection.table.key ?? [])
  const straight = projection.table.key === undefined || !merging
  const changed = new Map<string | number, Merged>()
  let merges = 0

  const insert = (row: Row): void => {
    const before = straight && changed.size === 0 ? undefined : changed.get(keyOf(row))
    // An update of a row that was not there yet has changed nothing.
    const isNew = before === undefined || before.change === "update"
    if (isNew && !straight) changed.set(keyOf(row), { change: "insert", row: { ...row } })
    else {
      if (before?.change === "update") changed.delete(keyOf(row))
      inserts.push(row)
    }
  }

  const change = (kind: "upsert" | "update", row: Partial<Row>): void => {
    const at = keyOf(row as Row)
    const before = changed.get(at)
    if (before === undefined) {
      changed.set(at, { change: kind, row: { ...row } })
      return
    }
    if (before.change === "insert") merges++
    Object.assign(before.row, row)
    if (before.change === "update") before.change = kind
  }

  const only = (kind: Merged["change"]): ReadonlyArray<Row> => {
    const rows: Array<Row> = []
    for (const one of changed.values()) if (one.change === kind) rows.push(one.row)
    return rows
  }

  return {
    add: (changes) => {
      for (const one of changes) {
        check(one)
        if (one.change === "insert") insert(one.row)
        else change(one.change, one.row)
      }
    },
    finish: () => {
      for (const row of only("insert")) inserts.push(row)
      const updates = only("update")
      return {
        inserts,
        upserts: only("upsert"),
        updates: grouped(projection, updates, columns),
        merges: merging ? merges > 0 : updates.length > 0,
      }
    },
  }
}
