/** A page of a projection's rows of one run, in the order of its key; and how far the projection is. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { RunUnknown, type StoreUnavailable } from "../../domain/EventLog.ts"
import type { Projection } from "../../domain/projections/Projection.ts"
import * as Query from "../Query.ts"
import { tableOf } from "./ProjectedTable.ts"

export interface Progress {
  readonly runKey: number
  /** Of the table that is shown; null where none has been built yet. */
  readonly generation: number | null
  readonly position: number
  readonly head: number
  /** Whether somebody is writing the run, who keeps its projections current as well. */
  readonly leased: boolean
}

export const progress = (
  db: Query.Db,
  run: string,
  projection: string,
): Effect.Effect<Progress, RunUnknown | StoreUnavailable> =>
  Effect.flatMap(
    Query.run(`look how far ${projection} of run ${run} is`, () =>
      sql<Progress>`
        select h.run_key as "runKey", p.generation, h.head, coalesce(c.position, 0) as position,
          coalesce(h.lease_until > clock_timestamp(), false) as leased
        from lightcone.run_heads h
        left join lightcone.projections p on p.projection = ${projection} and p.current
        left join lightcone.checkpoints c on c.run_key = h.run_key
          and c.projection = p.projection and c.generation = p.generation
        where h.run_id = ${run}`.execute(db),
    ),
    ({ rows: [row] }) => (row === undefined ? Effect.fail(new RunUnknown({ run })) : Effect.succeed(row)),
  )

/** Where the next page begins: values of the key or, where a table has none, how many rows came before. */
export type Cursor = ReadonlyArray<string | number | boolean>

export interface Page {
  readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** Undefined where these are the last. */
  readonly next: Cursor | undefined
}

/** From the table rather than the view of its name, which has to sort all rows of the run to give some of them in order. */
export const read = (
  db: Query.Db,
  run: string,
  projection: Projection,
  { runKey, generation }: Progress,
  { after, limit }: { readonly after: Cursor | undefined; readonly limit: number },
): Effect.Effect<Page, StoreUnavailable> => {
  if (generation === null) return Effect.succeed({ rows: [], next: undefined })
  const { key, columns, indexes } = projection.table
  const order = key ?? [...new Set([...(indexes?.[0] ?? []), ...Object.keys(columns)])]
  const ordered = sql.join(order.map((name) => sql.ref(name)))
  const all = sql.join(Object.keys(columns).map((name) => sql.ref(name)))
  const from = sql.raw(tableOf(projection.name, generation))
  const begin =
    key === undefined || after === undefined
      ? sql``
      : sql`and (${ordered}) > (${sql.join(key.map((name, i) => sql`${after[i]}::${sql.raw(columns[name]!)}`))})`
  const skipped = key === undefined ? Number(after?.[0] ?? 0) : 0
  return Effect.map(
    Query.run(`read ${projection.name} of run ${run}`, () =>
      sql<Record<string, unknown>>`
        select ${run}::text as run_id, ${all} from ${from} where run_key = ${runKey} ${begin}
        order by ${ordered} limit ${limit + 1} offset ${skipped}`.execute(db),
    ),
    ({ rows: found }): Page => {
      const rows = found.slice(0, limit)
      if (found.length <= limit) return { rows, next: undefined }
      const last = rows[rows.length - 1]!
      return {
        rows,
        next: key === undefined ? [skipped + limit] : key.map((name) => last[name] as Cursor[number]),
      }
    },
  )
}
