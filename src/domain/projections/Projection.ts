/**
 * A projection is a table that follows the log: a name, a version, a state, a table, and `apply`, which takes one
 * event and says what becomes of the state and of the rows. It is pure: the projector reads the log, writes the
 * rows, and keeps state and position in the same transaction, so that live or rebuilt the rows are the same.
 *
 *     export const sends = Projection.define({
 *       name: "sends",
 *       version: 1,
 *       table: { columns: { machine: "integer", count: "integer" }, key: ["machine"] },
 *       initial: (): Record<number, number> => ({}),
 *       apply: (state, event) => {
 *         if (event.kind !== "sent") return Projection.unchanged(state)
 *         const count = (state[event.machine] ?? 0) + 1
 *         state[event.machine] = count
 *         return { state, changes: [Projection.upsert({ machine: event.machine, count })] }
 *       },
 *     })
 *
 * Everything is of one run: each run begins with `initial()`, and every row gets the column `run_id` by itself.
 */
import type { Recorded } from "../ClockEvent.ts"

/** Of Postgres. A `timestamptz` is given in microseconds since the Unix epoch, `jsonb` as the value itself. */
export const columnTypes = [
  "integer",
  "bigint",
  "double precision",
  "boolean",
  "text",
  "timestamptz",
  "jsonb",
] as const
export type ColumnType = (typeof columnTypes)[number]

export type Columns = Readonly<Record<string, ColumnType>>

type ValueOf<T extends ColumnType> = T extends "boolean"
  ? boolean
  : T extends "text"
    ? string
    : T extends "jsonb"
      ? unknown
      : number

/** A whole row, but for `run_id`. Columns of the key must not be null. */
export type Row<C extends Columns> = { readonly [Name in keyof C]: ValueOf<C[Name]> | null }

/** What becomes of a row. Of several changes to one row the later ones win, column by column. */
export type Change<C extends Columns> =
  | { readonly change: "insert" | "upsert"; readonly row: Row<C> }
  /** The columns of the key, and those that change. */
  | { readonly change: "update"; readonly row: Partial<Row<C>> }

export interface Table<C extends Columns> {
  readonly columns: C
  /** What names a row within its run; without it rows are only ever inserted. */
  readonly key?: ReadonlyArray<string>
  /** Beside the key's, which is there by itself; `run_id` leads each of them. */
  readonly indexes?: ReadonlyArray<ReadonlyArray<string>>
}

export interface Step<State, C extends Columns> {
  readonly state: State
  readonly changes: ReadonlyArray<Change<C>>
}

export interface Projection<State = unknown, C extends Columns = Columns> {
  /** Of the table too: lowercase letters, digits and _. */
  readonly name: string
  /** A whole number from 1; raised with every change of what `apply` gives or of the table. */
  readonly version: number
  readonly table: Table<C>
  /** Of a run that has no events yet. The state is kept as JSON beside the run's position, so keep it small. */
  initial(): State
  /** Owns the state it is given, and may change it in place. */
  apply(state: State, event: Recorded): Step<State, C>
}

interface KeyedBy<Name> {
  readonly key?: ReadonlyArray<Name>
  readonly indexes?: ReadonlyArray<ReadonlyArray<Name>>
}

/** Where a projection was defined, as a stack trace, for who has to say what is wrong with it. */
const definedAt = Symbol.for("lightcone/definedAt")

/** Gives a projection its types. */
export const define = <State, const C extends Columns>(
  projection: Projection<State, C> & { readonly table: KeyedBy<keyof C & string> },
): Projection<State, C> => {
  Object.defineProperty(projection, definedAt, { value: new Error().stack?.split("\n").slice(2).join("\n") })
  return projection
}

const none: ReadonlyArray<never> = []

/** The event is none of the projection's business. */
export const unchanged = <State>(state: State): Step<State, never> => ({ state, changes: none })

/** A row whose key was not there before. */
export const insert = <R>(row: R): { readonly change: "insert"; readonly row: R } => ({
  change: "insert",
  row,
})

/** A row that takes the place of the one with its key, if there is one. */
export const upsert = <R>(row: R): { readonly change: "upsert"; readonly row: R } => ({
  change: "upsert",
  row,
})

/** New values for some columns of a row that was inserted before. */
export const update = <R>(row: R): { readonly change: "update"; readonly row: R } => ({
  change: "update",
  row,
})
