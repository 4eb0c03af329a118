/**
 * A projection's declaration as statements. Rows stand in a table of one generation, keyed by the run's number;
 * the view of the projection's name shows the current generation, with the run's name.
 */
import type { Projection } from "../../domain/projections/Projection.ts"

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const list = (names: ReadonlyArray<string>): string => names.map(quoted).join(", ")

export const columnsOf = (projection: Projection): ReadonlyArray<string> =>
  Object.keys(projection.table.columns)

export const tableOf = (projection: string, generation: number): string =>
  `lightcone.${quoted(`${projection}_g${generation}`)}`

export const viewOf = (projection: string): string => `lightcone.${quoted(projection)}`

export const creation = (projection: Projection, generation: number): ReadonlyArray<string> => {
  const { columns, key, indexes = [] } = projection.table
  const table = tableOf(projection.name, generation)
  const described = Object.entries(columns).map(([name, type]) => `${quoted(name)} ${type}`)
  const primary = key === undefined ? [] : [`primary key (run_key, ${list(key)})`]
  return [
    `create table ${table} (${["run_key integer not null", ...described, ...primary].join(", ")})`,
    ...indexes.map((index) => `create index on ${table} (run_key, ${list(index)})`),
    // Without a key of its own, and no index by which a run is found, the whole table would be read.
    ...(key === undefined && indexes.length === 0 ? [`create index on ${table} (run_key)`] : []),
  ]
}

export const showing = (projection: Projection, generation: number): string => {
  const columns = columnsOf(projection).map((name) => `t.${quoted(name)}`)
  return `create or replace view ${viewOf(projection.name)} as
    select h.run_id, ${columns.join(", ")}
    from lightcone.run_heads h join ${tableOf(projection.name, generation)} t using (run_key)`
}
