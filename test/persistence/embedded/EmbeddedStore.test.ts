import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, test } from "vitest"
import { postgresMajor, templateFile } from "../../../src/persistence/embedded/Template.ts"
import { connect, failureOf, freshDirectory, holdElsewhere, openStore, schema } from "./Stores.ts"

describe("the embedded store", () => {
  test("is made with its schema on the first start, kept on the next, and leaves nothing behind at close", async () => {
    const directory = freshDirectory()
    const first = await openStore({ directory, access: "write" })
    expect(first.store).toMatchObject({ role: "holder", firstStart: true, pid: process.pid })
    const writer = await connect(first.store.owner)
    expect(
      (await writer.query("select count(*)::int as n from lightcone.migrations")).rows[0].n,
    ).toBeGreaterThan(0)
    const version = (await writer.query("show server_version")).rows[0].server_version as string
    expect(version.split(".")[0]).toBe(postgresMajor)
    await writer.query("create table kept as select 42 as answer")
    await writer.end()
    await first.close()
    expect(fs.existsSync(first.store.reader.host)).toBe(false)
    expect(fs.readFileSync(path.join(directory, ".gitignore"), "utf8")).toBe("*\n")

    const second = await openStore({ directory, access: "write" })
    expect(second.store.firstStart).toBe(false)
    const reader = await connect(second.store.reader)
    expect((await reader.query("select answer from kept")).rows).toEqual([{ answer: 42 }])
  })

  test("hands every commit to the operating system, and does not wait for the disk: as docs/RELIABILITY.md says", async () => {
    const { store } = await openStore({ directory: freshDirectory(), access: "write" })
    const owner = await connect(store.owner)
    const { rows } = await owner.query(
      "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous, current_setting('full_page_writes') as pages",
    )
    expect(rows).toEqual([{ fsync: "off", synchronous: "on", pages: "on" }])
  })

  test("is not made by one who only reads", async () => {
    const directory = freshDirectory()
    expect(await failureOf({ directory, access: "read" })).toMatchObject({ _tag: "StoreMissing", directory })
    expect(fs.existsSync(directory)).toBe(false)
  })

  test("that is held refuses a second writer by the holder's name, and takes a reader as a guest", async () => {
    const directory = freshDirectory()
    const holder = await openStore({ directory, access: "write" })
    const refused = await failureOf({ directory, access: "write" })
    expect(refused).toMatchObject({ _tag: "StoreHeld", pid: process.pid, directory })
    expect(refused.message).toContain(`process ${process.pid}`)
    const guest = await openStore({ directory, access: "read" })
    expect(guest.store).toMatchObject({ role: "guest", owner: undefined, pid: process.pid })
    const reader = await connect(guest.store.reader)
    expect((await reader.query("select 1::int as one")).rows).toEqual([{ one: 1 }])
    await guest.close()
    const writer = await connect(holder.store.owner)
    expect((await writer.query("select 2::int as two")).rows).toEqual([{ two: 2 }])
  })

  test("lets nobody in as its owner without the password", async () => {
    const { store } = await openStore({ directory: freshDirectory(), access: "write" })
    await expect(connect({ ...store.owner!, password: "guess" })).rejects.toMatchObject({ code: "28P01" })
  })

  test("whose holder was killed opens at once with every acknowledged row, and without the old sockets", async () => {
    const directory = freshDirectory()
    const holder = await holdElsewhere(directory)
    let acknowledged = 0
    while (acknowledged < 50) acknowledged = Number(await holder.nextLine())
    expect(await failureOf({ directory, access: "write" })).toMatchObject({
      _tag: "StoreHeld",
      pid: holder.pid,
    })
    const guest = await connect((await openStore({ directory, access: "read" })).store.reader)
    expect((await guest.query("select max(n) >= 50 as seen from acknowledged")).rows).toEqual([
      { seen: true },
    ])
    await holder.kill()
    expect(fs.existsSync(holder.said.socketDirectory)).toBe(true)

    const { store } = await openStore({ directory, access: "write" })
    expect(fs.existsSync(holder.said.socketDirectory)).toBe(false)
    const writer = await connect(store.owner)
    const { n, max } = (await writer.query("select count(*)::int as n, max(n) as max from acknowledged"))
      .rows[0]
    expect(max).toBeGreaterThanOrEqual(acknowledged)
    expect(n).toBe(max)
  })

  test("whose holder is stopped, as a suspended program is, is not taken from it", async () => {
    const directory = freshDirectory()
    const holder = await holdElsewhere(directory)
    holder.process.kill("SIGSTOP")
    expect(await failureOf({ directory, access: "write" })).toMatchObject({
      _tag: "StoreHeld",
      pid: holder.pid,
    })
    holder.process.kill("SIGCONT")
    const told = Number(await holder.nextLine())
    while (Number(await holder.nextLine()) < told + 10) {}
  })

  test("takes no half-made directory of an interrupted first start for a store", async () => {
    const directory = freshDirectory()
    const unfinished = path.join(directory, "pgdata.0123456789ab.new")
    fs.mkdirSync(unfinished, { recursive: true })
    fs.writeFileSync(path.join(unfinished, "PG_VERSION"), "18\n")
    expect(await failureOf({ directory, access: "read" })).toMatchObject({ _tag: "StoreMissing" })
    const { store } = await openStore({ directory, access: "write" })
    expect(store.firstStart).toBe(true)
    expect(fs.existsSync(unfinished)).toBe(false)
  })

  test("of another major version is refused by both versions, and not held afterwards", async () => {
    const directory = freshDirectory()
    fs.mkdirSync(path.join(directory, "pgdata"), { recursive: true })
    fs.writeFileSync(path.join(directory, "pgdata", "PG_VERSION"), "17\n")
    for (const _ of ["first", "second"]) {
      const refused = await failureOf({ directory, access: "write" })
      expect(refused).toMatchObject({ _tag: "EmbeddedFailed", operation: "prepare" })
      expect(refused.message).toContain("must be of Postgres 18, found 17")
    }
  })

  test("that is damaged fails to start with a reason", async () => {
    const directory = freshDirectory()
    await (await openStore({ directory, access: "write" })).close()
    fs.rmSync(path.join(directory, "pgdata", "global", "pg_control"))
    expect(await failureOf({ directory, access: "write" })).toMatchObject({ _tag: "EmbeddedFailed" })
  })

  test("where no directory can be made fails with the reason", async () => {
    const directory = path.join(freshDirectory(), "below")
    fs.writeFileSync(path.dirname(directory), "a file")
    const refused = await failureOf({ directory, access: "write" })
    expect(refused).toMatchObject({ _tag: "EmbeddedFailed", operation: "prepare" })
    expect(refused.message).toContain("ENOTDIR")
  })

  test("without a template says that it takes long, and leaves a template for the next", async () => {
    const templateDirectory = path.join(freshDirectory(), "template")
    const notices: Array<string> = []
    const options = {
      access: "write" as const,
      templateDirectory,
      onNotice: (text: string) => notices.push(text),
    }
    await (await openStore({ ...options, directory: freshDirectory() })).close()
    expect(notices).toEqual([expect.stringContaining("some seconds")])
    expect(fs.existsSync(templateFile(templateDirectory, schema))).toBe(true)
    await (await openStore({ ...options, directory: freshDirectory() })).close()
    expect(notices).toHaveLength(1)
  })
})
