import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { sql } from "kysely"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import * as Migrator from "../../src/persistence/Migrator.ts"
import { type OpenDatabase, openDatabase } from "./OpenDatabase.ts"

const all = Migrator.migrations.map(({ name }) => name)
const opened: Array<OpenDatabase> = []
let database: OpenDatabase

const open = async (url?: string) => {
  const made = await openDatabase(url)
  opened.push(made)
  return made
}
const migrate = ({ db }: OpenDatabase) => Effect.runPromise(Migrator.migrate(db))
const failure = <E>(effect: Effect.Effect<unknown, E>) =>
  Effect.runPromise(Effect.map(Effect.either(effect), (result) => Either.getOrThrow(Either.flip(result))))

beforeEach(async () => {
  database = await open()
})
afterAll(async () => {
  for (const each of opened) await each.close()
})

describe("the migrator", () => {
  it("names what it applied, and nothing the second time", async () => {
    expect(await migrate(database)).toEqual(all)
    expect(await migrate(database)).toEqual([])
  })

  it("makes one schema of four first starts that have all found the database empty", async () => {
    const starts = await Promise.all([1, 2, 3, 4].map(() => open(database.url)))
    const waiting = sql`select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`
    const begun = await database.db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${sql.raw(Migrator.lockKey)})`.execute(transaction)
      const begun = starts.map(migrate)
      await expect.poll(async () => (await waiting.execute(transaction)).rows.length).toBe(starts.length)
      return begun
    })
    const applied = await Promise.all(begun)
    expect(applied.map(({ length }) => length).sort()).toEqual([0, 0, 0, all.length])
  })

  it("tells what is pending without writing anything", async () => {
    const pending = await Effect.runPromise(Migrator.pending(database.db))
    expect(pending.map(({ name }) => name)).toEqual(all)
    const { rows } = await sql`select to_regnamespace('lightcone')::text as found`.execute(database.db)
    expect(rows).toEqual([{ found: null }])
  })

  it("refuses a schema that a later Lightcone made, naming the migration that it does not know", async () => {
    await migrate(database)
    await database.db.insertInto("lightcone.migrations").values({ name: "9999_later" }).execute()
    for (const attempt of [Migrator.migrate(database.db), Migrator.pending(database.db)]) {
      const error = await failure(attempt)
      expect(error._tag).toBe("SchemaTooNew")
      expect(error.message).toContain("9999_later")
    }
  })

  it("migrates into a schema that an administrator made for a role which may make none", async () => {
    const role = await database.role("migrating")
    await database.execute(
      `create schema lightcone`,
      `grant usage, create on schema lightcone to ${role.name}`,
    )
    expect(await migrate(await open(role.url))).toEqual(all)
  })

  it("leaves no half of a migration behind when it fails", async () => {
    await database.execute(
      "create schema lightcone",
      "grant usage, create on schema lightcone to public",
      "create table lightcone.log (taken integer)",
    )
    expect((await failure(Migrator.migrate(database.db))).message).toContain('relation "log" already exists')
    const { rows } = await sql`select to_regclass('lightcone.run_heads')::text as found`.execute(database.db)
    expect(rows).toEqual([{ found: null }])
  })
})
