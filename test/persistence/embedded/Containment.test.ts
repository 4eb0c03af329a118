import * as fs from "node:fs"
import { connect as connectSocket } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import type pg from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { connect, holdStore } from "./Stores.ts"

const hanging = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"
const limitMs = 1_000

let parent: string
let held: Awaited<ReturnType<typeof holdStore>>

beforeAll(async () => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), "lightcone-contained-"))
  held = await holdStore({ directory: parent, access: "write", readerStatementLimitMs: limitMs })
})

afterAll(async () => {
  await held.close()
  fs.rmSync(parent, { recursive: true, force: true })
})

/** One store serves all tests, each with an empty table. */
const open = async () => {
  const { store } = held
  const owner = await connect(store.owner)
  await owner.query("drop table if exists t; create table t (a int)")
  return { store, owner, reader: () => connect(store.reader) }
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (cause: { code?: string }) => cause.code,
  )

const fatalOf = (client: pg.Client): Promise<string | undefined> =>
  new Promise((resolve) => client.once("error", (cause: Error & { code?: string }) => resolve(cause.code)))

const rowsOf = async (client: pg.Client) => (await client.query("select count(*)::int as n from t")).rows[0].n

describe("a reader of the embedded store", () => {
  test("changes nothing, whatever mode it asks for", async () => {
    const { owner, reader } = await open()
    const client = await reader()
    expect(await codeOf(client.query("insert into t values (1)"))).toBe("25006")
    expect(await codeOf(client.query("create temp table u (a int)"))).toBe("25006")
    await client.query("begin read write")
    expect(await codeOf(client.query("insert into t values (1)"))).toBe("42501")
    await client.query("rollback")
    expect(await codeOf(client.query("set role postgres"))).toBe("42501")
    expect(await rowsOf(owner)).toBe(0)
  })

  test("leaves no setting, prepared statement or open transaction to the next", async () => {
    const { owner, reader } = await open()
    const [one, two] = [await reader(), await reader()]
    await one.query(
      "set search_path = nowhere; set default_transaction_read_only = on; set time zone 'Asia/Tokyo'",
    )
    await one.query({ name: "mine", text: "select 1" })
    await one.query("begin")
    await one.end()
    const state =
      "select current_user as u, current_setting('search_path') as s, current_setting('TimeZone') as z"
    expect((await owner.query(state)).rows).toEqual([{ u: "postgres", s: "public", z: "UTC" }])
    expect((await two.query(state)).rows).toEqual([
      { u: "lightcone_guest", s: "lightcone, public", z: "UTC" },
    ])
    await owner.query("insert into t values (1)")
    expect((await owner.query("select * from pg_prepared_statements where name = 'mine'")).rows).toEqual([])
  })

  test("that leaves a transaction open is told why and put out, and nobody waits for it longer", async () => {
    const { owner, reader } = await open()
    const client = await reader()
    await client.query("begin")
    await client.query("select 1")
    const told = fatalOf(client)
    const begun = performance.now()
    await owner.query("insert into t values (1)")
    expect(performance.now() - begun).toBeLessThan(3_000)
    expect(await told).toBe("25P03")
    expect(await rowsOf(owner)).toBe(1)
  })

  test("whose statement takes too long gets an error and goes on; the owner's waiting statements succeed", async () => {
    const { owner, reader, store } = await open()
    const client = await reader()
    const slow = codeOf(client.query(hanging))
    const second = await connect(store.owner)
    const appends = await Promise.all([
      owner.query("insert into t values (1)"),
      second.query("insert into t values (2)"),
    ])
    expect(appends.map(({ rowCount }) => rowCount)).toEqual([1, 1])
    expect(await slow).toBe("57014")
    expect((await client.query("select 7 as seven")).rows).toEqual([{ seven: 7 }])
    expect(await rowsOf(owner)).toBe(2)
  })

  test("whose rows come without end gets whole rows, then the error", async () => {
    const { reader } = await open()
    const client = await reader()
    expect(
      await codeOf(
        client.query("select a, b from generate_series(1, 3000) a, generate_series(1, 1000000) b"),
      ),
    ).toBe("57014")
    expect((await client.query("select 7 as seven")).rows).toEqual([{ seven: 7 }])
  })

  test("that goes away during a statement or a transaction holds up nobody", async () => {
    const { owner, reader } = await open()
    for (const sql of [hanging, "begin"]) {
      const client = await reader()
      client.query(sql).catch(() => undefined)
      await owner.query("select 1")
      ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
      expect((await owner.query("insert into t values (1)")).rowCount).toBe(1)
    }
    expect(await rowsOf(owner)).toBe(2)
  })

  test("may copy out and not in, and keeps its connection", async () => {
    const { owner, reader } = await open()
    const client = await reader()
    expect(await codeOf(client.query("copy t from stdin"))).toBe("0A000")
    expect(await codeOf(client.query({ text: "copy t from stdin", values: [] }))).toBe("0A000")
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }])
    await client.query("begin")
    expect(await codeOf(client.query("copy t from stdin"))).toBe("0A000")
    expect(await codeOf(client.query("select 1"))).toBe("25P02")
    await client.query("rollback")
    expect(await codeOf(owner.query("copy t from stdin"))).toBe("0A000")
    expect(await rowsOf(owner)).toBe(0)
  })

  test("that talks garbage, asks for TLS or cancels a stranger loses its own connection at most", async () => {
    const { owner, store } = await open()
    const socketPath = `${store.reader.host}/.s.PGSQL.${store.reader.port}`
    const answer = (bytes: Buffer) =>
      new Promise<string>((resolve) => {
        const socket = connectSocket(socketPath, () => socket.write(bytes))
        let heard = ""
        socket.on("data", (chunk) => {
          heard += chunk.toString("latin1")
          if (heard === "N") socket.end()
        })
        socket.on("error", () => undefined)
        socket.on("close", () => resolve(heard))
      })
    expect(await answer(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toBe("")
    expect(await answer(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))).toBe("N")
    expect(await answer(Buffer.from([0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2]))).toBe("")
    expect((await owner.query("select 1 as one")).rows).toEqual([{ one: 1 }])
  })

  test("does not stall the owner beyond its limit together with others that misbehave", async () => {
    const { owner, reader } = await open()
    const [idle, settings, slow, copy] = [await reader(), await reader(), await reader(), await reader()]
    const misbehaving = Promise.all([
      idle.query("begin").then(() => codeOf(idle.query("select 1"))),
      settings.query("set search_path = nowhere; set default_transaction_read_only = on"),
      codeOf(slow.query(hanging)),
      codeOf(copy.query("copy t from stdin")),
    ])
    let longest = 0
    for (let batch = 0; batch < 12; batch++) {
      const begun = performance.now()
      await owner.query("insert into t select unnest($1::int[])", [[1, 2, 3, 4, 5]])
      longest = Math.max(longest, performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await misbehaving
    expect(await rowsOf(owner)).toBe(60)
    expect(longest).toBeLessThan(limitMs + 3_000)
  })
})

describe("the owner of the embedded store", () => {
  test("may sit in a transaction, use several connections, cursors and long series of messages", async () => {
    const { owner, store } = await open()
    const second = await connect(store.owner)
    await owner.query("begin")
    const waiting = second.query("insert into t values (3)")
    await owner.query("insert into t values (1)")
    await owner.query("declare c cursor for select a from generate_series(1, 2500) a")
    let fetched = 0
    for (let rows = 1; rows > 0; fetched += rows)
      rows = (await owner.query("fetch 1000 from c")).rowCount ?? 0
    await owner.query("commit")
    await waiting
    expect(fetched).toBe(2_500)
    const pipelined = await connect(store.owner, { pipeline: true })
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => pipelined.query("insert into t values ($1)", [n])),
    )
    expect(await rowsOf(second)).toBe(202)
    expect(await codeOf(owner.query("select nonsense"))).toBe("42703")
    expect(await rowsOf(owner)).toBe(202)
  })
})
