import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type ConnectionPool,
  type ConnectionPoolOptions,
  connectionPool,
} from "../../src/persistence/ConnectionPool.ts"
import { decodeDatabaseUrl, type InvalidDatabaseUrl } from "../../src/persistence/DatabaseUrl.ts"
import { type StoreError, storeError } from "../../src/persistence/StoreError.ts"
import { makeAuthority } from "../support/Certificates.ts"
import { type Postgres, runStatement, startPostgres } from "../support/Postgres.ts"
import { createDatabase, sharedPostgres } from "../support/SharedPostgres.ts"
import { freePort } from "../support/Unprivileged.ts"

const place = mkdtempSync(join(tmpdir(), "lightcone-test-"))
const file = (name: string, text: string): string => {
  writeFileSync(join(place, name), text)
  return join(place, name)
}

const authority = makeAuthority()
const ca = file("ca.pem", authority.certificate)
const strangersCa = file("stranger.pem", makeAuthority("A stranger").certificate)
const emptyHome = join(place, "nothing")

const warnings: Array<string> = []
const onWarning = (warning: Error) => warnings.push(warning.message)

/** TLS only; its certificate is for localhost, so by its address it is a wrong host. */
let tlsServer: Postgres

beforeAll(async () => {
  process.on("warning", onWarning)
  tlsServer = await startPostgres({ tls: { ...authority.issue(["localhost"]), only: true } })
})

afterAll(async () => {
  await tlsServer.stop()
  rmSync(place, { recursive: true })
  process.removeListener("warning", onWarning)
})

const using = <A>(
  url: string,
  use: (pool: ConnectionPool) => Promise<A>,
  options: ConnectionPoolOptions = { home: emptyHome },
): Promise<Either.Either<A, StoreError | InvalidDatabaseUrl>> =>
  Effect.gen(function* () {
    const pool = yield* connectionPool(yield* decodeDatabaseUrl(url), options)
    return yield* Effect.promise(() => use(pool))
  }).pipe(Effect.scoped, Effect.either, Effect.runPromise)

const select = (pool: ConnectionPool, text: string): Promise<unknown> =>
  pool.pool.query(`select (${text}) as value`).then(({ rows }) => rows[0].value)

const encrypted = async (url: string, options?: ConnectionPoolOptions) =>
  Either.getOrThrowWith(
    await using(
      url,
      (pool) => select(pool, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
      options,
    ),
    (error) => error,
  )

const refused = async (url: string, options?: ConnectionPoolOptions) => {
  const outcome = await using(url, async () => "let in", options)
  return Either.match(outcome, { onLeft: ({ _tag, message }) => `${_tag}: ${message}`, onRight: String })
}

const byName = () => tlsServer.url.replace("127.0.0.1", "localhost")
const byAddress = () => tlsServer.url

describe("a server that takes TLS only, with a certificate of a private authority", () => {
  test.each(["allow", "prefer", "require"])("sslmode=%s encrypts without verifying", async (mode) => {
    expect(await encrypted(`${byAddress()}?sslmode=${mode}`)).toBe(true)
  })

  test("without an sslmode the connection is encrypted", async () => {
    expect(await encrypted(byAddress())).toBe(true)
  })

  test("verify-ca looks at the authority and not at the host's name", async () => {
    expect(await encrypted(`${byAddress()}?sslmode=verify-ca&sslrootcert=${ca}`)).toBe(true)
    const message = await refused(`${byName()}?sslmode=verify-ca&sslrootcert=${strangersCa}`)
    expect(message).toMatch(/^StoreRefused: .*sslrootcert=FILE/)
  })

  test("verify-full looks at the host's name as well", async () => {
    expect(await encrypted(`${byName()}?sslmode=verify-full&sslrootcert=${ca}`)).toBe(true)
    const message = await refused(`${byAddress()}?sslmode=verify-full&sslrootcert=${ca}`)
    expect(message).toMatch(/^StoreRefused: .*certificate must be for the host of the URL/)
  })

  test("public authorities do not vouch for a private one", async () => {
    expect(await refused(`${byName()}?sslrootcert=system`)).toMatch(/^StoreRefused: .*sslrootcert=FILE/)
  })

  test("verifying without a root certificate is refused, and the remedy named", async () => {
    const message = await refused(`${byName()}?sslmode=verify-full`)
    expect(message).toMatch(/^StoreRefused: .*sslmode=verify-full must have a root certificate.*root\.crt$/)
    const missing = await refused(`${byName()}?sslmode=require&sslrootcert=${place}/absent.pem`)
    expect(missing).toMatch(/^StoreRefused: .*the file of sslrootcert must be readable.*absent\.pem/)
  })

  test("require verifies the authority where a root certificate is named or lies at home", async () => {
    expect(await encrypted(`${byAddress()}?sslmode=require&sslrootcert=${ca}`)).toBe(true)
    expect(await refused(`${byAddress()}?sslmode=require&sslrootcert=${strangersCa}`)).toContain(
      "StoreRefused",
    )
    mkdirSync(join(place, "home", ".postgresql"), { recursive: true })
    file("home/.postgresql/root.crt", makeAuthority("Another").certificate)
    const home = join(place, "home")
    expect(await refused(`${byAddress()}?sslmode=require`, { home })).toContain("StoreRefused")
    expect(await encrypted(`${byAddress()}?sslmode=prefer`, { home })).toBe(true)
  })

  test("disable is refused with what the server said", async () => {
    expect(await refused(`${byAddress()}?sslmode=disable`)).toMatch(
      /^StoreRefused: .*pg_hba\.conf.*no encryption$/,
    )
  })

  test("channel_binding=require is met over TLS", async () => {
    expect(await encrypted(`${byAddress()}?sslmode=require&channel_binding=require`)).toBe(true)
  })
})

describe("a server without TLS", () => {
  test.each(["", "?sslmode=prefer", "?sslmode=allow", "?sslmode=disable"])(
    "'%s' is plain text",
    async (query) => {
      expect(await encrypted(`${sharedPostgres().url}${query}`)).toBe(false)
    },
  )

  test("require and verify-full are refused rather than plain text", async () => {
    const offer = /^StoreRefused: .*it must offer TLS, or the URL say sslmode=disable/
    expect(await refused(`${sharedPostgres().url}?sslmode=require`)).toMatch(offer)
    expect(await refused(`${sharedPostgres().url}?sslmode=verify-full&sslrootcert=${ca}`)).toMatch(offer)
  })

  test("channel_binding=require is refused before the password is used", async () => {
    const message = await refused(`${sharedPostgres().url}?channel_binding=require`)
    expect(message).toContain("it must offer channel binding")
  })

  test("a Unix socket is reached by its directory, whatever the sslmode", async () => {
    const { username, password, port, pathname } = new URL(tlsServer.url)
    const url = `postgresql://${username}:${password}@${pathname}?host=${tlsServer.socketDirectory}&port=${port}`
    expect(await encrypted(`${url}&sslmode=require`)).toBe(false)
  })
})

describe("a store that does not let us in", () => {
  const withPassword = (password: string) =>
    sharedPostgres().url.replace(/:[^:@/]+@/, password && `:${password}@`)

  test("a wrong password is StoreRefused, and is not repeated", async () => {
    const message = await refused(withPassword("Zq7XkJw"))
    expect(message).toMatch(/^StoreRefused: .*password must be right, found password authentication failed/)
    expect(message).not.toContain("Zq7")
  })

  test("a missing password is asked for, and ~/.pgpass is not read", async () => {
    const url = sharedPostgres().url.replace(/:[^:@/]+@/, "@")
    expect(await refused(url)).toMatch(/^StoreRefused: .*which the URL or PGPASSWORD must give/)
  })

  test("a missing database is StoreRefused", async () => {
    const url = sharedPostgres().url.replace(/[^/]*$/, "absent")
    expect(await refused(url)).toMatch(/^StoreRefused: .*the database must exist.*"absent" does not exist/)
  })

  test("a port where nothing listens is StoreUnreachable", async () => {
    const message = await refused(`postgresql://u:p@127.0.0.1:${await freePort()}/d`)
    expect(message).toMatch(
      /^StoreUnreachable: Cannot reach the store at 127\.0\.0\.1:\d+\/d: .*ECONNREFUSED/,
    )
  })

  test("a host without an address is StoreUnreachable", async () => {
    expect(await refused("postgresql://u:p@nowhere.invalid/d")).toMatch(
      /^StoreUnreachable: .*nowhere\.invalid/,
    )
  })

  test("a server that says nothing is StoreUnreachable after connect_timeout", async () => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => sockets.add(socket))
    const port = await freePort()
    await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve))
    const message = await refused(`postgresql://u:p@127.0.0.1:${port}/d?connect_timeout=1`)
    for (const socket of sockets) socket.destroy()
    silent.close()
    expect(message).toMatch(/^StoreUnreachable: /)
  })

  test("a server without a free connection is StoreBusy", async () => {
    const { superuserUrl, url } = sharedPostgres()
    await runStatement(superuserUrl, "create role crowd login password 'crowd' connection limit 0")
    expect(await refused(url.replace(/\/\/[^@]*@/, "//crowd:crowd@"))).toMatch(
      /^StoreBusy: .*too many connections/,
    )
  })

  test("the GRANT in StoreLacksRights gives the right that was lacking", async () => {
    const { superuserUrl, url } = sharedPostgres()
    await runStatement(superuserUrl, "create database foreign_one")
    const foreign = url.replace(/[^/]*$/, "foreign_one")
    const statement = "create schema lightcone"
    const cause = await runStatement(foreign, statement).catch((error: unknown) => error)
    const error = storeError(cause, { display: "here", user: "lightcone" })
    expect(error).toMatchObject({
      _tag: "StoreLacksRights",
      grant: "GRANT CREATE ON DATABASE foreign_one TO lightcone;",
    })
    await runStatement(superuserUrl, error?._tag === "StoreLacksRights" ? error.grant : "")
    await runStatement(foreign, statement)
  })

  test("a statement's own fault is no error of the store", async () => {
    const cause = await runStatement(sharedPostgres().url, "select nothing").catch((error: unknown) => error)
    expect(storeError(cause, "here")).toBeUndefined()
  })
})

describe("a pool", () => {
  test("loses nothing on the way to JavaScript", async () => {
    const outcome = await using(await createDatabase(), async (pool) => {
      await pool.pool.query("alter role current_user set timezone = 'Asia/Kathmandu'")
      const client = await Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(pool.dedicatedClient(), (fresh) =>
            Effect.promise(() =>
              fresh.query(`select 9007199254740991::int8 as safe, 9007199254740993::int8 as large,
                array[1, 2]::int4[] as ints, array[3, null]::int8[] as longs, 1.50::numeric as price,
                array[1.10]::numeric[] as prices, date '2024-02-29' as day,
                timestamptz '2024-01-01 00:00:00.123456+02' as at, timestamptz '1890-01-01 00:00:00Z' as old,
                timestamptz 'infinity' as never, array[timestamptz '2024-01-01 00:00:00.5Z'] as several,
                '{"a": [1]}'::jsonb as json, true as yes, null::int8 as none`),
            ),
          ),
        ),
      )
      await pool.pool.query("alter role current_user reset timezone")
      return client.rows[0]
    })
    expect(Either.getOrThrow(outcome)).toEqual({
      ...{ safe: 9007199254740991, large: "9007199254740993", ints: [1, 2], longs: [3, null], price: "1.50" },
      ...{
        prices: ["1.10"],
        day: "2024-02-29",
        at: "2023-12-31T22:00:00.123456Z",
        old: "1890-01-01T00:00:00.000000Z",
      },
      ...{
        never: "infinity",
        several: ["2024-01-01T00:00:00.500000Z"],
        json: { a: [1] },
        yes: true,
        none: null,
      },
    })
  })

  test("starts its connections with nothing of the environment", async () => {
    const before = process.env.PGOPTIONS
    process.env.PGOPTIONS = "-c statement_timeout=12345"
    const outcome = await using(sharedPostgres().url, (pool) =>
      select(pool, "current_setting('statement_timeout')"),
    )
    if (before === undefined) delete process.env.PGOPTIONS
    else process.env.PGOPTIONS = before
    expect(Either.getOrThrow(outcome)).toBe("0")
  })

  test("has four connections at most, or as many as it is given", async () => {
    const counted = (options: ConnectionPoolOptions) =>
      using(
        sharedPostgres().url,
        async ({ pool }) => {
          await Promise.all(Array.from({ length: 12 }, () => pool.query("select 1")))
          return pool.totalCount
        },
        options,
      )
    expect(Either.getOrThrow(await counted({}))).toBe(4)
    expect(Either.getOrThrow(await counted({ maxConnections: 2 }))).toBe(2)
  })

  test("outlives a crash of the server, with connections idle and in use", async () => {
    const server = await startPostgres()
    const outcome = await using(server.url, async (pool) => {
      await Promise.all([1, 2].map(() => pool.pool.query("select pg_sleep(0.05)")))
      const held = await pool.pool.connect()
      await server.down("crash")
      const cause = await held.query("select 1").catch((error: unknown) => error)
      held.release(true)
      await server.up()
      return { said: storeError(cause, "here")?._tag, after: await select(pool, "1") }
    })
    await server.stop()
    expect(Either.getOrThrow(outcome)).toEqual({ said: "StoreUnreachable", after: 1 })
  })

  test("closes within seconds although a statement hangs", async () => {
    let hanging: Promise<unknown> = Promise.resolve()
    const since = performance.now()
    await using(sharedPostgres().url, async (pool) => {
      const client = await pool.pool.connect()
      hanging = client.query("select pg_sleep(60)").catch((error: unknown) => error)
    })
    expect(performance.now() - since).toBeLessThan(10_000)
    expect(storeError(await hanging, "here")?._tag).toBe("StoreUnreachable")
  })
})

test("none of this warns on standard error", () => {
  expect(warnings).toEqual([])
})
