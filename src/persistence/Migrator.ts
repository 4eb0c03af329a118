/**
 * Brings the schema `lightcone` up to date. Kysely's own migrator takes a session lock, which hangs behind a
 * transaction-mode pooler; here one transaction takes a transaction lock, looks, and does what is missing. So
 * any number of first starts at once end with one schema.
 */
import { createHash } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { type Kysely, sql } from "kysely"
import * as eventLog from "../../migrations/0001_event_log.ts"
import * as projections from "../../migrations/0002_projections.ts"
import * as happenedBefore from "../../migrations/0003_happened_before.ts"
import * as imported from "../../migrations/0004_imported.ts"
import * as faults from "../../migrations/0005_faults.ts"
import * as requested from "../../migrations/0006_requested.ts"
import * as requestAttempts from "../../migrations/0007_request_attempts.ts"
import * as clocks from "../../migrations/0008_clocks.ts"
import * as forked from "../../migrations/0009_forked.ts"
import type { StoreUnavailable } from "../domain/EventLog.ts"
import * as Query from "./Query.ts"
import * as Quoting from "./Quoting.ts"
import type { Tables } from "./Tables.ts"

export interface Migration {
  readonly name: string
  readonly statements: ReadonlyArray<string>
}

/** In order; frozen once landed. */
export const migrations: ReadonlyArray<Migration> = [
  eventLog,
  projections,
  happenedBefore,
  imported,
  faults,
  requested,
  requestAttempts,
  clocks,
  forked,
]

export const bookkeeping: ReadonlyArray<string> = [
  "create schema if not exists lightcone",
  `create table if not exists lightcone.migrations (
    name text primary key,
    applied_at timestamptz not null default clock_timestamp()
  )`,
]

/** Everything from an empty database on, for a prepared template. */
export const statements: ReadonlyArray<string> = [
  ...bookkeeping,
  ...migrations.flatMap(({ name, statements }) => [
    ...statements,
    `insert into lightcone.migrations (name) values (${Quoting.literal(name)})`,
  ]),
]

/** Tells templates of different schemas apart. */
export const schemaHash: string = createHash("sha256").update(statements.join(";")).digest("hex").slice(0, 12)

/** The database was migrated by a later Lightcone. */
export class SchemaTooNew extends Data.TaggedError("SchemaTooNew")<{
  readonly found: ReadonlyArray<string>
}> {
  override get message() {
    return `Cannot use the store: its schema has ${this.found.join(", ")}, which this version does not know; use a newer Lightcone`
  }
}

/** A command that only reads does not migrate. */
export class SchemaMissing extends Data.TaggedError("SchemaMissing")<{
  readonly pending: ReadonlyArray<string>
}> {
  override get message() {
    return `Cannot use the store: its schema lacks ${this.pending.join(", ")}; run: lightcone migrate`
  }
}

/** "lightcone" in ASCII, cut to a bigint: any number will do that nobody else locks. */
export const lockKey = "7811887479838765"

/** `to_regclass` would answer from a cache that waiting for an advisory lock does not refresh; this cannot. */
const found = async (db: Kysely<Tables>): Promise<{ readonly schema: boolean; readonly table: boolean }> => {
  const { rows } = await sql<{ table: boolean }>`
    select c.oid is not null as table from pg_catalog.pg_namespace n
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'migrations'
    where n.nspname = 'lightcone'`.execute(db)
  return { schema: rows.length > 0, table: rows[0]?.table === true }
}

const applied = async (db: Kysely<Tables>): Promise<ReadonlyArray<string>> => {
  if (!(await found(db)).table) return []
  const rows = await db.selectFrom("lightcone.migrations").select("name").orderBy("name").execute()
  return rows.map((row) => row.name)
}

/** Postgres asks for the right to create schemas before it looks whether this one exists, so we look first. */
const missingBookkeeping = async (db: Kysely<Tables>): Promise<ReadonlyArray<string>> =>
  (await found(db)).schema ? bookkeeping.slice(1) : bookkeeping

const missing = (done: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Migration>, SchemaTooNew> => {
  const unknown = done.filter((name) => !migrations.some((migration) => migration.name === name))
  return unknown.length > 0
    ? Effect.fail(new SchemaTooNew({ found: unknown }))
    : Effect.succeed(migrations.filter(({ name }) => !done.includes(name)))
}

/** What `migrate` would do. Writes nothing. */
export const pending = (
  db: Kysely<Tables>,
): Effect.Effect<ReadonlyArray<Migration>, SchemaTooNew | StoreUnavailable> =>
  Effect.flatMap(
    Query.run("look at the schema", () => applied(db)),
    missing,
  )

const apply = (db: Kysely<Tables>): Promise<ReadonlyArray<string>> =>
  db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.raw(lockKey)})`.execute(transaction)
    const done = await applied(transaction)
    const todo = migrations.filter(({ name }) => !done.includes(name))
    if (todo.length === 0) return []
    const bookkeep = done.length === 0 ? await missingBookkeeping(transaction) : []
    const all = [...bookkeep, ...todo.flatMap(({ statements }) => statements)]
    for (const statement of all) await sql.raw(statement).execute(transaction)
    for (const { name } of todo)
      await transaction.insertInto("lightcone.migrations").values({ name }).execute()
    return todo.map(({ name }) => name)
  })

/** Applies what is missing; the names of what was applied. */
export const migrate = (
  db: Kysely<Tables>,
): Effect.Effect<ReadonlyArray<string>, SchemaTooNew | StoreUnavailable> =>
  Effect.flatMap(pending(db), (todo) =>
    todo.length === 0 ? Effect.succeed([]) : Query.run("migrate the store", () => apply(db)),
  )
