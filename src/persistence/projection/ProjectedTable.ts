/**
 * A projection's declaration as statements. Rows stand in a table of one generation, keyed by the run's number;
 * the view of the projection's name shows the current generation, with the run's name.
 */
import type { Projection } from "../../domain/projections/Projection.ts"
import * as Quoting from "../Quoting.ts"

const list = (names: ReadonlyArray<string>): string => names.map(Quoting.identifier).join(", ")

export const columnsOf = (projection: Projection): ReadonlyArray<string> =>
  Object.keys(projection.table.columns)

export const tableOf = (projection: string, generation: number): string =>
  `lightcone.${Quoting.identifier(`${projection}_g${generation}`)}`

export const viewOf = (projection: string): string => `lightcone.${Quoting.identifier(projection)}`

export const creation = ({ name, table }: Projection, generation: number): string => {
  const described = Object.entries(table.columns).map(
    ([column, type]) => `${Quoting.identifier(column)} ${type}`,
  )
  const primary = table.key === undefined ? [] : [`primary key (run_key, ${list(table.key)})`]
  const columns = ["run_key integer not null", ...described, ...primary].join(", ")
  return `create table ${tableOf(name, generation)} (${columns})`
}

/** Beside the key's. A table that is built gets them at the end, which takes a fraction of the time. */
export const indexing = ({ name, table }: Projection, generation: number): ReadonlyArray<string> => {
  const { key, indexes = [] } = table
  // Without a key, and no index by which a run is found, the whole table would be read.
  const all = key === undefined && indexes.length === 0 ? [[]] : indexes
  return all.map((index, i) => {
    const columns = ["run_key", ...index.map(Quoting.identifier)].join(", ")
    return `create index if not exists ${Quoting.identifier(`${name}_g${generation}_${i + 1}`)} on ${tableOf(name, generation)} (${columns})`
  })
}

export const showing = (projection: Projection, generation: number): string => {
  const columns = columnsOf(projection).map((name) => `t.${Quoting.identifier(name)}`)
  return `create or replace view ${viewOf(projection.name)} as
    select h.run_id, ${columns.join(", ")}
    from lightcone.run_heads h join ${tableOf(projection.name, generation)} t using (run_key)`
}
