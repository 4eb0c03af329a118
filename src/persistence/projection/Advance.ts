/**
 * One step of a projection in one run: from a position it is known to be at to a later one, with the rows that
 * the events between them made, in one transaction. Whoever finds the checkpoint elsewhere writes nothing.
 */
import type { Projection } from "../../domain/projections/Projection.ts"
import * as Quoting from "../Quoting.ts"
import type { Changes, NewRows, Row } from "./Batch.ts"

export interface Advance<R extends NewRows = NewRows> {
  readonly projection: Projection
  readonly generation: number
  readonly runKey: number
  readonly from: number
  readonly to: number
  /** The state at `to`, as JSON. */
  readonly state: string
  readonly changes: Changes<R>
}

/** One way of writing, with the form in which it takes new rows. */
export interface Writer<R extends NewRows> {
  readonly newRows: (projection: Projection, runKey: number) => R
  /** Whether new rows are there before others are changed; otherwise changes must be merged into the rows. */
  readonly inOrder: boolean
  /**
   * Writes what some projections make of the same events: each wholly, or not at all. Gives those that were written:
   * not those whose checkpoint was not where it was thought to be. Fails with `AdvanceRefused`.
   */
  readonly write: (advances: ReadonlyArray<Advance<R>>) => Promise<ReadonlyArray<Advance<R>>>
}

/** The statement of an advance failed, with the driver's error as `cause`. */
export class AdvanceRefused extends Error {
  readonly advance: Advance

  constructor(advance: Advance, cause: unknown) {
    super(`projection ${advance.projection.name} was not written`, { cause })
    this.advance = advance
  }
}

export const refuse = (advance: Advance, cause: unknown): never => {
  throw new AdvanceRefused(advance, cause)
}

/** Text of a statement that grows, and its parameters. */
export interface Statement {
  readonly parameters: ReadonlyArray<unknown>
  /** Takes a value and gives its placeholder. */
  readonly value: (value: unknown, type: string) => string
}

export const statement = (): Statement => {
  const parameters: Array<unknown> = []
  return {
    parameters,
    value: (value, type) => {
      parameters.push(value)
      return `$${parameters.length}::${type}`
    },
  }
}

/** Moves the checkpoint by compare-and-set; gives back the run's key if it was where it was thought to be. */
export const moving = (advance: Advance, { value }: Statement): string => {
  const { projection, generation, runKey, from, to, state } = advance
  const at = {
    projection: value(projection.name, "text"),
    generation: value(generation, "integer"),
    run: value(runKey, "integer"),
    to: value(to, "integer"),
    state: value(state, "jsonb"),
  }
  if (from === 0)
    return `insert into lightcone.checkpoints as c (projection, generation, run_key, position, state)
      values (${at.projection}, ${at.generation}, ${at.run}, ${at.to}, ${at.state})
      on conflict (projection, generation, run_key) do update
        set position = excluded.position, state = excluded.state where c.position = 0
      returning run_key`
  return `update lightcone.checkpoints set position = ${at.to}, state = ${at.state}
    where projection = ${at.projection} and generation = ${at.generation} and run_key = ${at.run}
      and position = ${value(from, "integer")}
    returning run_key`
}

/** Columns as the statement's rows are made of: names, and one array each. */
export interface Source {
  readonly names: string
  /** `unnest(...)`, to be named. */
  readonly rows: string
}

export const source = (
  projection: Projection,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<Row>,
  { value }: Statement,
  arrayOf: (rows: ReadonlyArray<Row>, column: string, type: string) => string,
): Source => {
  const arrays = columns.map((name) => {
    const type = projection.table.columns[name]!
    return value(arrayOf(rows, name, type), `${type}[]`)
  })
  return { names: columns.map(Quoting.identifier).join(", "), rows: `unnest(${arrays.join(", ")})` }
}
