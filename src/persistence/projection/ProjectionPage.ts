/** A page of a projection's rows of one run, in the order of its key; and how far the projection is. */
import * as Effect from "effect/Effect"
import { type SqlBool, sql } from "kysely"
import { RunUnknown, type StoreUnavailable } from "../../domain/EventLog.ts"
import type { Columns, Projection, Table } from "../../domain/projections/Projection.ts"
import * as Query from "../Query.ts"
import * as PlaceInOrder from "./PlaceInOrder.ts"
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

/** Where the next page begins: values of the key or, where a table has none, a row's values and how many had them. */
export type Cursor = ReadonlyArray<unknown>

type Row = Readonly<Record<string, unknown>>

export interface Page {
  readonly rows: ReadonlyArray<Row>
  /** Undefined where these are the last. */
  readonly next: Cursor | undefined
}

interface Wanted {
  readonly after: Cursor | undefined
  readonly limit: number
}

type Select = (
  condition: PlaceInOrder.Condition,
  limit: number,
  offset: number,
) => Effect.Effect<ReadonlyArray<Row>, StoreUnavailable>

const keyed = (
  table: Table<Columns>,
  key: ReadonlyArray<string>,
  select: Select,
  { after, limit }: Wanted,
) => {
  const place = after && PlaceInOrder.tuple(key.map((name, i) => PlaceInOrder.given(table, name, after[i])))
  const condition =
    place === undefined
      ? sql<SqlBool>`true`
      : sql<SqlBool>`${PlaceInOrder.tuple(PlaceInOrder.references(key))} > ${place}`
  return Effect.map(select(condition, limit + 1, 0), (found): Page => {
    const rows = found.slice(0, limit)
    const last = rows[limit - 1]
    return { rows, next: found.length > limit ? PlaceInOrder.placeOf(table, last!) : undefined }
  })
}

const isSame = (one: ReadonlyArray<unknown>, other: ReadonlyArray<unknown>): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** Behind these rows, which follow a place. */
const placeBehind = (rows: ReadonlyArray<ReadonlyArray<unknown>>, before: Cursor | undefined): Cursor => {
  const last = rows[rows.length - 1]!
  const other = rows.findLastIndex((row) => !isSame(row, last))
  const goesOn = other === -1 && before !== undefined && isSame(before.slice(0, -1), last)
  return [...last, rows.length - 1 - other + (goesOn ? Number(before[before.length - 1]) : 0)]
}

const keyless = (table: Table<Columns>, select: Select, { after, limit }: Wanted) =>
  Effect.gen(function* () {
    const values = after?.slice(0, -1)
    const seen = Number(after?.[after.length - 1] ?? 0)
    const at = values === undefined ? sql<SqlBool>`true` : PlaceInOrder.from(table, values)
    const isInWhole = values === undefined || PlaceInOrder.isWhole(table, values)
    const found: Array<Row> = []
    if (isInWhole)
      found.push(...(yield* select(sql`${PlaceInOrder.whole(table)} and ${at}`, limit + 1, seen)))
    const left = limit + 1 - found.length
    if (left > 0 && PlaceInOrder.hasPartial(table)) {
      const partial = sql<SqlBool>`(${PlaceInOrder.partial(table)})`
      found.push(
        ...(yield* isInWhole ? select(partial, left, 0) : select(sql`${partial} and ${at}`, left, seen)),
      )
    }
    const rows = found.slice(0, limit)
    const placed = rows.map((row) => PlaceInOrder.placeOf(table, row))
    return { rows, next: found.length > limit ? placeBehind(placed, after) : undefined } satisfies Page
  })

/** From the table rather than the view of its name, which has to sort all rows of the run to give some of them in order. */
export const read = (
  db: Query.Db,
  run: string,
  { name, table }: Projection,
  { runKey, generation }: Progress,
  wanted: Wanted,
): Effect.Effect<Page, StoreUnavailable> => {
  if (generation === null) return Effect.succeed({ rows: [], next: undefined })
  const ordered = sql.join([...PlaceInOrder.references(PlaceInOrder.orderOf(table))])
  const all = sql.join([...PlaceInOrder.references(Object.keys(table.columns))])
  const from = sql.raw(tableOf(name, generation))
  const select: Select = (condition, limit, offset) =>
    Effect.map(
      Query.run(`read ${name} of run ${run}`, () =>
        sql<Row>`
          select ${run}::text as run_id, ${all} from ${from} where run_key = ${runKey} and ${condition}
          order by ${ordered} limit ${limit} offset ${offset}`.execute(db),
      ),
      ({ rows }) => rows,
    )
  return table.key === undefined ? keyless(table, select, wanted) : keyed(table, table.key, select, wanted)
}
