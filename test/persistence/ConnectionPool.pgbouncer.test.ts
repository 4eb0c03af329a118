import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type ConnectionPool, connectionPool } from "../../src/persistence/ConnectionPool.ts"
import { decodeDatabaseUrl } from "../../src/persistence/DatabaseUrl.ts"
import { type PgBouncer, startPgBouncer } from "../support/PgBouncer.ts"
import { createDatabase } from "../support/SharedPostgres.ts"

let pooler: PgBouncer

beforeAll(async () => {
  pooler = await startPgBouncer(await createDatabase())
})

afterAll(() => pooler.stop())

const using = <A>(url: string, use: (pool: ConnectionPool) => Promise<A>): Promise<A> =>
  Effect.gen(function* () {
    const pool = yield* connectionPool(yield* decodeDatabaseUrl(url))
    return yield* Effect.promise(() => use(pool))
  }).pipe(Effect.scoped, Effect.runPromise)

test("three pools of four connections take turns on the pooler's two", async () => {
  await using(pooler.url, ({ pool }) => pool.query("create table written (number int4 primary key)"))
  const one = (process: number) =>
    using(`${pooler.url}?application_name=lightcone`, ({ pool }) =>
      Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          pool.query("insert into written select unnest($1::int4[])", [[process * 100 + at]]),
        ),
      ),
    )
  await Promise.all([1, 2, 3].map(one))
  const { rows } = await using(pooler.url, ({ pool }) => pool.query("select count(*) as rows from written"))
  expect(rows).toEqual([{ rows: 60 }])
})

test("a transaction through the pooler stays on one connection", async () => {
  const pids = await using(pooler.url, async ({ pool }) => {
    const client = await pool.connect()
    await client.query("begin")
    const first = await client.query("select pg_backend_pid() as pid")
    const second = await client.query("select pg_backend_pid() as pid")
    await client.query("commit")
    client.release()
    return [first.rows[0].pid, second.rows[0].pid]
  })
  expect(pids[0]).toBe(pids[1])
})

test("a password that the pooler refuses is StoreRefused", async () => {
  const url = await Effect.runPromise(decodeDatabaseUrl(pooler.url.replace(/:[^:@/]+@/, ":wrong@")))
  const error = await Effect.runPromise(Effect.flip(Effect.scoped(connectionPool(url))))
  expect(error).toMatchObject({ _tag: "StoreRefused", remedy: "the user's password must be right" })
})
