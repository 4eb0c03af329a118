/** Whose turn it is among requested runs, whatever becomes of those who take them up. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { EventLogShape } from "../../src/domain/EventLog.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import * as RequestQueue from "../../src/persistence/RequestQueue.ts"
import * as RunCatalogue from "../../src/persistence/RunCatalogue.ts"
import * as RunRequests from "../../src/persistence/RunRequests.ts"
import { type OpenDatabase, openDatabase } from "./OpenDatabase.ts"

const { runPromise } = Effect
const [first, second, third] = ["aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"] as const
const config = { ...RunConfig.defaults, seed: 1 }
let database: OpenDatabase
let log: EventLogShape

beforeAll(async () => {
  database = await openDatabase()
  await runPromise(Migrator.migrate(database.db))
  log = EventLogPostgres.make(database.db)
})
afterAll(() => database.close())

beforeEach(async () => {
  await database.execute("truncate lightcone.run_heads cascade", "truncate lightcone.log")
  for (const run of [first, second, third])
    await runPromise(RunRequests.request(database.db, { run, config }))
})

const take = (worker = "pid 7 on host") => runPromise(RequestQueue.take(database.db, worker))

/** As if the time until its next turn had passed. */
const itsTurnComes = (run: string) =>
  database.execute(
    `update lightcone.run_heads set request_due_at = clock_timestamp() where run_id = '${run}'`,
  )

const row = async (run: string) => {
  const { rows } = await sql<{
    status: string
    failure: string | null
    open: boolean
    attempts: number
    dueInS: number | null
  }>`
    select status, failure, request_open as open, request_attempts as attempts,
      extract(epoch from request_due_at - clock_timestamp())::float8 as "dueInS"
    from lightcone.runs join lightcone.run_heads using (run_id) where run_id = ${run}`.execute(database.db)
  return rows[0]!
}

describe("requested runs", () => {
  it("go the oldest first, and each to one worker", async () => {
    const taken = await Promise.all([take(), take(), take(), take()])
    expect(taken.filter((run) => run !== undefined).sort()).toEqual([first, second, third])
    expect(await take()).toBeUndefined()
  })

  it("that were never taken up go before one that killed its worker, which says so meanwhile", async () => {
    expect(await take()).toBe(first)
    await itsTurnComes(first)
    expect([await take(), await take(), await take()]).toEqual([second, third, first])
    expect(await row(first)).toMatchObject({
      status: "requested",
      open: true,
      failure:
        "attempt 2: it ended without a word: pid 7 on host, which took it up, was killed or ran out of memory",
    })
  })

  it("are put off for twice as long each time, and given up in the end", async () => {
    await runPromise(RequestQueue.close(database.db, second))
    await runPromise(RequestQueue.close(database.db, third))
    for (let attempt = 0; attempt < Limits.maxRequestAttempts; attempt++) {
      expect(await take()).toBe(first)
      const { dueInS } = await row(first)
      const waitS = (Limits.requestRetryMs / 1_000) * 2 ** attempt
      expect(dueInS).toBeGreaterThan(waitS - 5)
      expect(dueInS).toBeLessThanOrEqual(waitS)
      expect(await take()).toBeUndefined()
      await itsTurnComes(first)
    }
    expect(await take()).toBeUndefined()
    expect(await row(first)).toMatchObject({
      open: false,
      status: "interrupted",
      failure: expect.stringMatching(/^given up after attempt 6: it ended without a word: pid 7 on host/),
    })
  })

  it("are given up with the reason that the last attempt gave, at once where none could do better", async () => {
    for (let attempt = 0; attempt < Limits.maxRequestAttempts; attempt++) {
      await itsTurnComes(first)
      await database.execute(
        `update lightcone.run_heads set request_due_at = now() + interval '1 hour' where run_id <> '${first}'`,
      )
      expect((await row(first)).open).toBe(true)
      expect(await take()).toBe(first)
      await runPromise(RequestQueue.fail(database.db, first, `no ports ${attempt}`))
    }
    expect(await row(first)).toMatchObject({ open: false, failure: "given up after attempt 6: no ports 5" })
    await itsTurnComes(second)
    expect(await take()).toBe(second)
    await runPromise(RequestQueue.fail(database.db, second, "no such run", true))
    expect(await row(second)).toMatchObject({ open: false, failure: "given up after attempt 1: no such run" })
    expect((await runPromise(RunCatalogue.make(database.db, "here").row(second))).failure).toContain(
      "no such run",
    )
  })

  it("have no attempt counted that was interrupted, and no failure while they are carried out", async () => {
    expect(await take()).toBe(first)
    const ownership = await runPromise(log.claim(first, "pid 7 on host"))
    expect(await row(first)).toMatchObject({ status: "running", failure: null, attempts: 1 })
    await runPromise(log.release(ownership))
    await runPromise(RequestQueue.putBack(database.db, first))
    expect(await row(first)).toMatchObject({ status: "requested", failure: null, attempts: 0, dueInS: null })
    expect(await take()).toBe(first)
  })

  it("have no failure any more where they were stopped", async () => {
    expect(await take()).toBe(first)
    expect(await runPromise(RunRequests.stop(database.db, first))).toBe("stopped")
    expect(await row(first)).toMatchObject({ open: false, failure: null })
  })
})
