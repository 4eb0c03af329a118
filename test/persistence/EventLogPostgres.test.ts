import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import * as EventCodec from "../../src/persistence/EventCodec.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import { simulate } from "../domain/Simulator.ts"
import { internals, oneOfEach } from "../support/Events.ts"
import { type OpenDatabase, openDatabase } from "./OpenDatabase.ts"

const { runPromise } = Effect
const run = "aaaaaaaaaaaa"
const events = simulate({
  config: { machines: 4, rates: [60, 30, 9, 2], seed: 5, durationUs: 20_000_000 },
}).map(({ position: _, ...event }) => event as LabEvent)
let database: OpenDatabase

const written = async (name: string, batch: ReadonlyArray<LabEvent>) => {
  const log = EventLogPostgres.make(database.db)
  const ownership = await runPromise(log.create(name, "writer"))
  await runPromise(log.append(ownership, 0, "b", batch))
  await runPromise(log.release(ownership))
}

beforeAll(async () => {
  database = await openDatabase()
  await runPromise(Migrator.migrate(database.db))
  await written(run, events)
})
afterAll(() => database.close())

describe("the event log over Postgres", () => {
  it.each([1, 7, 100, 4_096])("reads a machine's whole stream in pages of %i", async (limit) => {
    const log = EventLogPostgres.make(database.db)
    for (const machine of [0, 1, 4]) {
      const stream = events.filter((event) => event.machine === machine)
      const read: Array<number> = []
      for (let after = 0; read.length <= stream.length; ) {
        const page = await runPromise(log.read({ run, after, limit, machine }))
        if (page.length === 0) break
        read.push(...page.map(({ version }) => version))
        after = page[page.length - 1]!.position
      }
      expect(read).toEqual(stream.map(({ version }) => version))
    }
  })

  it("reads a machine's stream from a position that is another's", async () => {
    const log = EventLogPostgres.make(database.db)
    const after = events.findIndex((event) => event.machine === 1 && event.version === 40) + 1
    const page = await runPromise(log.read({ run, after, limit: 3, machine: 2 }))
    const stream = events.filter((event, i) => event.machine === 2 && i >= after)
    expect(page.map(({ version }) => version)).toEqual(stream.slice(0, 3).map(({ version }) => version))
  })

  it("reads a missed tick of version 1, which knew one reason only, with that reason", async () => {
    await written("missedmissed", internals(1, 1, 1))
    await sql`
      insert into lightcone.log (run_key, position, machine, version, occurred_at, lamport, queue_length,
                                 kind, payload_version, payload)
      select run_key, 2, 1, 2, 1790000000000001, 1, 0, ${EventCodec.codeOf("missed")}::smallint, 1,
             '{"first": 4, "count": 2}'
      from lightcone.run_heads where run_id = 'missedmissed'`.execute(database.db)
    const payload = { first: 4, count: 2, reason: "overdue" }
    const log = EventLogPostgres.make(database.db)
    const [event] = await runPromise(log.read({ run: "missedmissed", after: 1, limit: 1 }))
    expect(event).toMatchObject({ kind: "missed", payload })
    const { rows } =
      await sql`select payload from lightcone.events where run_id = 'missedmissed' and position = 2`.execute(
        database.db,
      )
    expect(rows).toEqual([{ payload }])
  })

  it("reads a run anew whose name was given again after it was deleted", async () => {
    const log = EventLogPostgres.make(database.db)
    const name = "againagain00"
    await written(name, internals(1, 1, 3))
    expect((await runPromise(log.read({ run: name, after: 0, limit: 9 }))).length).toBe(3)
    await database.db.deleteFrom("lightcone.run_heads").where("run_id", "=", name).execute()
    await sql`delete from lightcone.log where run_key not in (select run_key from lightcone.run_heads)`.execute(
      database.db,
    )
    await written(name, internals(1, 1, 2))
    expect((await runPromise(log.read({ run: name, after: 0, limit: 9 }))).length).toBe(2)
  })

  it("is written by a role that may neither change nor delete events", async () => {
    const role = await database.role("writing")
    await database.execute(
      `grant usage on schema lightcone to ${role.name}`,
      `grant select, insert on lightcone.log to ${role.name}`,
      `grant select, insert, update on lightcone.run_heads to ${role.name}`,
      `grant select on lightcone.migrations to ${role.name}`,
    )
    const own = await openDatabase(role.url)
    try {
      expect(await runPromise(Migrator.migrate(own.db))).toEqual([])
      const log = EventLogPostgres.make(own.db)
      const ownership = await runPromise(log.create("writtenonly0", "role"))
      expect(await runPromise(log.append(ownership, 0, "b", oneOfEach))).toBe(oneOfEach.length)
      await runPromise(log.renew(ownership))
      await runPromise(log.release(ownership))
      for (const change of [sql`update lightcone.log set lamport = 1`, sql`delete from lightcone.log`])
        await expect(change.execute(own.db)).rejects.toThrow("permission denied for table log")
    } finally {
      await own.close()
    }
  })

  it("pages by its index in a database that was never analysed", async () => {
    const plans = await database.db.transaction().execute(async (transaction) => {
      await sql`set local enable_seqscan = off`.execute(transaction)
      return sql<{ "QUERY PLAN": string }>`
        explain select * from lightcone.log where run_key = 1 and position / 64 between 10 and 20
          and position > 640 and position <= 1300 order by position`.execute(transaction)
    })
    const plan = plans.rows.map((row) => row["QUERY PLAN"]).join("\n")
    expect(plan).toContain("log_pages")
    expect(plan).not.toContain("log_pkey")
  })

  it("says what an unreachable store is to blame for, and leaves the outcome open", async () => {
    const other = await openDatabase(database.url)
    const log = EventLogPostgres.make(other.db)
    await other.close()
    const result = await runPromise(Effect.either(log.head(run)))
    expect(Either.getOrThrow(Either.flip(result))._tag).toBe("StoreUnavailable")
  })
})
