/**
 * Which generation of each projection's table is shown, and which is being built.
 *
 * A projection is built anew beside the table in use, and takes its place in one transaction: readers see the old
 * rows or the new ones. So a change of version and a rebuild that somebody asks for are the same thing.
 */
import { type Kysely, sql } from "kysely"
import * as Declaration from "../../domain/projections/Declaration.ts"
import type { Projection } from "../../domain/projections/Projection.ts"
import { lockKey } from "../Migrator.ts"
import * as Quoting from "../Quoting.ts"
import type { Tables } from "../Tables.ts"
import { creation, indexing, showing, tableOf, viewOf } from "./ProjectedTable.ts"

type Db = Kysely<Tables>

export interface Generation {
  readonly projection: Projection
  readonly generation: number
  /** Whether it is the one that is shown; otherwise it is being built. */
  readonly current: boolean
}

export interface Standing {
  /** Shown, and made by this version of the projection. */
  readonly current: ReadonlyArray<Generation>
  /** To be built and then shown: what is shown is of another version, or nothing is. */
  readonly building: ReadonlyArray<Generation>
  /** Of `building`, those whose rows were made by another version or for another table. */
  readonly changed: ReadonlyArray<{ readonly name: string; readonly from: number; readonly to: number }>
  /** Made by a later version than ours: we leave them alone. */
  readonly later: ReadonlyArray<{ readonly name: string; readonly version: number }>
}

interface Row {
  readonly projection: string
  readonly generation: number
  readonly version: number
  readonly declaration: string
  readonly current: boolean
}

const rowsOf = async (db: Db): Promise<ReadonlyArray<Row>> =>
  (
    await sql<Row>`select projection, generation, version, declaration, current from lightcone.projections`.execute(
      db,
    )
  ).rows

const isOf = (row: Row, projection: Projection): boolean =>
  row.version === projection.version && row.declaration === Declaration.textOf(projection)

/** What each of the registry's projections has, nothing changed. `missing` are those that need a table. */
const standingOf = (rows: ReadonlyArray<Row>, registry: ReadonlyArray<Projection>) => {
  const current: Array<Generation> = []
  const building: Array<Generation> = []
  const changed: Array<Standing["changed"][number]> = []
  const later: Array<Standing["later"][number]> = []
  const missing: Array<Projection> = []
  for (const projection of registry) {
    const own = rows.filter((row) => row.projection === projection.name)
    const shown = own.find((row) => row.current)
    const built = own.find((row) => !row.current)
    const { name, version } = projection
    const newest = Math.max(0, ...own.map((row) => row.version))
    if (newest > version) {
      later.push({ name, version: newest })
      continue
    }
    const fits = shown !== undefined && isOf(shown, projection)
    if (fits) current.push({ projection, generation: shown.generation, current: true })
    else if (built !== undefined && isOf(built, projection))
      building.push({ projection, generation: built.generation, current: false })
    else missing.push(projection)
    if (!fits && shown !== undefined) changed.push({ name, from: shown.version, to: version })
  }
  return { current, building, changed, later, missing }
}

/** Roles that may read the events may read what derives from them; a view that is there keeps its own. */
const readersOf = async (db: Db, projection: string): Promise<ReadonlyArray<string>> => {
  const { rows } = await sql<{ role: string }>`
    select distinct case a.grantee when 0 then 'public' else a.grantee::regrole::text end as role
    from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) a
    where c.oid = coalesce(to_regclass(${viewOf(projection)}), to_regclass('lightcone.events'))
      and a.privilege_type = 'SELECT' and a.grantee <> c.relowner`.execute(db)
  return rows.map(({ role }) => role)
}

/** The columns of the view, which can only be replaced by one that has them too, in their order. */
const viewColumns = async (db: Db, projection: string): Promise<ReadonlyArray<string>> => {
  const { rows } = await sql<{ column: string }>`
    select attname || ' ' || format_type(atttypid, atttypmod) as column from pg_catalog.pg_attribute
    where attrelid = to_regclass(${viewOf(projection)}) and attnum > 0 order by attnum`.execute(db)
  return rows.map(({ column }) => column)
}

const show = async (db: Db, projection: Projection, generation: number): Promise<void> => {
  const { name, table } = projection
  const readers = await readersOf(db, name)
  const had = await viewColumns(db, name)
  const has = [
    "run_id text",
    ...Object.entries(table.columns).map(([column, type]) => `${column} ${told(type)}`),
  ]
  if (had.some((column, i) => column !== has[i])) await sql.raw(`drop view ${viewOf(name)}`).execute(db)
  await sql.raw(showing(projection, generation)).execute(db)
  for (const role of readers) await sql.raw(`grant select on ${viewOf(name)} to ${role}`).execute(db)
}

const told = (type: string): string => (type === "timestamptz" ? "timestamp with time zone" : type)

const make = async (
  db: Db,
  projection: Projection,
  rows: ReadonlyArray<Row>,
  current: boolean,
): Promise<Generation> => {
  const own = rows.filter((row) => row.projection === projection.name)
  for (const stale of own.filter((row) => !row.current)) await drop(db, stale)
  const generation = Math.max(0, ...own.map((row) => row.generation)) + 1
  await sql.raw(creation(projection, generation)).execute(db)
  if (current) await index(db, { projection, generation })
  await db
    .insertInto("lightcone.projections")
    .values({
      projection: projection.name,
      generation,
      version: projection.version,
      declaration: Declaration.textOf(projection),
      current,
    })
    .execute()
  if (current) await show(db, projection, generation)
  return { projection, generation, current }
}

/** Makes the indexes that a generation lacks; to be done before it is shown. */
export const index = async (
  db: Db,
  { projection, generation }: Pick<Generation, "projection" | "generation">,
): Promise<void> => {
  for (const statement of indexing(projection, generation)) await sql.raw(statement).execute(db)
}

const drop = async (
  db: Db,
  { projection, generation }: Pick<Row, "projection" | "generation">,
): Promise<void> => {
  await sql.raw(`drop table if exists ${tableOf(projection, generation)}`).execute(db)
  await db
    .deleteFrom("lightcone.projections")
    .where("projection", "=", projection)
    .where("generation", "=", generation)
    .execute()
}

/** One at a time makes, shows and drops tables, whatever process it is of. */
const alone = <A>(db: Db, work: (transaction: Db) => Promise<A>): Promise<A> =>
  db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.raw(lockKey)})`.execute(transaction)
    return work(transaction)
  })

/** As things stand; writes nothing. `unmade` names projections that have no table for this version yet. */
export const look = async (
  db: Db,
  registry: ReadonlyArray<Projection>,
): Promise<Standing & { readonly unmade: ReadonlyArray<string> }> => {
  const { missing, ...standing } = standingOf(await rowsOf(db), registry)
  return { ...standing, unmade: missing.map(({ name }) => name) }
}

/**
 * Makes the tables that the registry's projections lack. While the store has no run they are shown at once;
 * otherwise they are shown when they have been built.
 */
export const ensure = async (db: Db, registry: ReadonlyArray<Projection>): Promise<Standing> => {
  const seen = standingOf(await rowsOf(db), registry)
  if (seen.missing.length === 0) return seen
  return alone(db, async (transaction) => {
    const rows = await rowsOf(transaction)
    const { missing, current, building, ...rest } = standingOf(rows, registry)
    const { rows: runs } = await sql`select from lightcone.run_heads limit 1`.execute(transaction)
    const made: Array<Generation> = []
    for (const projection of missing) {
      const shownAtOnce = runs.length === 0 && !rows.some((row) => row.projection === projection.name)
      made.push(await make(transaction, projection, rows, shownAtOnce))
    }
    return {
      ...rest,
      current: [...current, ...made.filter((one) => one.current)],
      building: [...building, ...made.filter((one) => !one.current)],
    }
  })
}

/** Begins, or goes on with, building a projection's table anew. */
export const begin = (db: Db, projection: Projection): Promise<Generation> =>
  alone(db, async (transaction) => {
    const rows = await rowsOf(transaction)
    const begun = rows.find(
      (row) => row.projection === projection.name && !row.current && isOf(row, projection),
    )
    return begun === undefined
      ? make(transaction, projection, rows, false)
      : { projection, generation: begun.generation, current: false }
  })

const lockPatienceMs = 2_000

/** Rolls back what was begun. */
class Behind extends Error {}

/** Whether rows would vanish, or a run be missing, if the generation were shown now. */
const isBehind = async (db: Db, { projection, generation }: Generation, shown: Row | undefined) => {
  const due = shown === undefined ? sql`h.head` : sql`coalesce(o.position, 0)`
  const written = sql`coalesce(h.lease_until, '-infinity') >= clock_timestamp()`
  const { rows } = await sql`
    select from lightcone.run_heads h
    left join lightcone.checkpoints o on o.run_key = h.run_key
      and o.projection = ${projection.name} and o.generation = ${shown?.generation ?? 0}
    left join lightcone.checkpoints n on n.run_key = h.run_key
      and n.projection = ${projection.name} and n.generation = ${generation}
    where coalesce(n.position, 0) < ${due} ${shown === undefined ? sql`and not ${written}` : sql``}
    limit 1`.execute(db)
  return rows.length > 0
}

/**
 * Shows a generation that has been built, and drops the one it takes the place of. False if that one is ahead in
 * some run: then it has to catch up first. True also if it was shown already.
 *
 * The view is locked before the table, as readers do it; and the table before anybody looks who is ahead, so that
 * no projector moves it any more.
 */
export const take = (db: Db, built: Generation): Promise<boolean> =>
  alone(db, async (transaction) => {
    const { projection, generation } = built
    const own = (await rowsOf(transaction)).filter((row) => row.projection === projection.name)
    if (!own.some((row) => row.generation === generation && !row.current)) return true
    const shown = own.find((row) => row.current)
    await sql.raw(`set local lock_timeout = ${lockPatienceMs}`).execute(transaction)
    await show(transaction, projection, generation)
    if (shown !== undefined)
      await sql.raw(`lock table ${tableOf(projection.name, shown.generation)}`).execute(transaction)
    if (await isBehind(transaction, built, shown)) throw new Behind()
    if (shown !== undefined) await drop(transaction, shown)
    await transaction
      .updateTable("lightcone.projections")
      .set({ current: true })
      .where("projection", "=", projection.name)
      .where("generation", "=", generation)
      .execute()
    return true
  }).catch((cause: unknown) => {
    if (cause instanceof Behind) return false
    throw cause
  })

/** From an empty database on, as the template of the embedded store has them. */
export const initialStatements = (registry: ReadonlyArray<Projection>): ReadonlyArray<string> => {
  return registry.flatMap((projection) => [
    creation(projection, 1),
    ...indexing(projection, 1),
    showing(projection, 1),
    `insert into lightcone.projections (projection, generation, version, declaration, current)
      values (${Quoting.literal(projection.name)}, 1, ${projection.version}, ${Quoting.literal(Declaration.textOf(projection))}, true)`,
  ])
}

/** Every table that holds rows of projections, of whatever registry, for who deletes a run. */
export const tables = async (db: Db): Promise<ReadonlyArray<string>> =>
  (await rowsOf(db)).map(({ projection, generation }) => tableOf(projection, generation))
