/** An instance of the handler by itself: what it needs, what it keeps, and what it does when that goes away. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it, vi } from "vitest"
import { make } from "../../src/handler.ts"
import { type Scratch, scratchDatabase, start } from "../support/Cli.ts"
import { startPostgres } from "../support/Postgres.ts"
import { freePort } from "../support/Unprivileged.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const closing: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  vi.unstubAllEnvs()
})

const database = async (): Promise<Scratch> => {
  const scratch = await scratchDatabase()
  closing.push(() => scratch.drop())
  return scratch
}

const instance = (url: string | undefined) => {
  vi.stubEnv("LIGHTCONE_DATABASE_URL", url ?? "")
  vi.stubEnv("DATABASE_URL", "")
  const { fetch, dispose } = make()
  closing.push(dispose)
  return async (path: string) => {
    const response = await fetch(new Request(new URL(path, "http://localhost")))
    return { status: response.status, body: JSON.parse(await response.text()) }
  }
}

const migrated = async (): Promise<Scratch> => {
  const scratch = await database()
  const { code, stderr } = await scratch.run([
    "run",
    "--virtual",
    "--seed",
    "1",
    "--duration",
    "5s",
    "-q",
    "--json",
  ])
  expect(code, stderr).toBe(0)
  return scratch
}

describe("an instance", () => {
  it("without a database lives, and says what it lacks", async () => {
    const get = instance(undefined)
    expect(await get("/health")).toEqual({ status: 200, body: { alive: true } })
    const { status, body } = await get("/runs")
    expect({ status, code: body.code }).toEqual({ status: 503, code: "NoStore" })
    expect(body.detail).toContain("DATABASE_URL")
  })

  it("whose database does not answer tells strangers nothing of it", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {})
    const { status, body } = await instance(`postgres://user:secret@127.0.0.1:${await freePort()}/somewhere`)(
      "/runs",
    )
    expect({ status, code: body.code }).toEqual({ status: 503, code: "StoreUnavailable" })
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|secret|somewhere/)
    expect(log.mock.calls.flat().join(" ")).toContain("Cannot reach the store")
    log.mockRestore()
  })

  it("foretells no configuration larger than a body may be, rather than another one", async () => {
    const config = encodeURIComponent(JSON.stringify({ seed: 1, rates: Array(100_000).fill(100) }))
    expect(await instance(undefined)(`/prediction?config=${config}`)).toMatchObject({
      status: 400,
      body: { field: "config" },
    })
  })

  it("migrates nothing, names the command that does, and answers once it was run", async () => {
    const scratch = await database()
    const get = instance(scratch.url)
    const before = await get("/ready")
    expect(before).toMatchObject({ status: 503, body: { code: "SchemaMissing" } })
    expect(before.body.detail).toContain("lightcone migrate")
    expect(await scratch.sql("select 1 from pg_namespace where nspname = 'lightcone'")).toEqual([])
    expect((await scratch.run(["migrate"])).code).toBe(0)
    expect(await get("/runs")).toEqual({ status: 200, body: [] })
    await scratch.sql("insert into lightcone.migrations (name) values ('9999_of_the_future')")
    expect(await get("/ready")).toMatchObject({ status: 503, body: { code: "SchemaTooNew" } })
  })

  it("keeps one connection, and answers when it was cut between two requests", async () => {
    const scratch = await migrated()
    const get = instance(scratch.url)
    const mine = `datname = current_database() and usename <> current_user and pid <> pg_backend_pid()`
    const paths = ["/runs", "/runs/latest", "/runs/latest/events", "/runs/latest/projections/machines"]
    const answers = () => Promise.all([...paths, ...paths].map((path) => get(path)))
    expect((await answers()).map(({ status }) => status)).toEqual(Array(8).fill(200))
    const count = () =>
      scratch.sql<{ n: number }>(`select count(*)::int as n from pg_stat_activity where ${mine}`)
    expect(await count()).toEqual([{ n: 1 }])
    for (let round = 0; round < 3; round++) {
      await scratch.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${mine}`)
      expect((await answers()).map(({ status }) => status)).toEqual(Array(8).fill(200))
    }
  })

  it("outlives its database: says that it is away, and answers when it is back", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {})
    const server = await startPostgres()
    closing.push(server.stop)
    const made = await start(["run", "--virtual", "--seed", "1", "--duration", "5s", "-q", "--json"], {
      env: { LIGHTCONE_DATABASE_URL: server.url },
    }).finished
    expect(made.code, made.stderr).toBe(0)
    const get = instance(server.url)
    const before = await get("/runs/latest/events")
    expect(before.status).toBe(200)
    for (const how of ["fast", "crash"] as const) {
      await server.down(how)
      for (const path of ["/ready", "/runs", "/runs/latest/events"])
        expect(await get(path), `${path}, ${how}`).toMatchObject({
          status: 503,
          body: { code: "StoreUnavailable" },
        })
      expect((await get("/health")).status).toBe(200)
      await server.up()
      expect(await get("/runs/latest/events"), how).toEqual(before)
      expect((await get("/ready")).status).toBe(200)
    }
    log.mockRestore()
  })

  it("leaves no timer and no other work between requests", async () => {
    const scratch = await migrated()
    const timers = () =>
      process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate/.test(name)).length
    const get = instance(scratch.url)
    await get("/runs")
    const before = timers()
    for (const path of ["/runs", "/runs/latest/events", "/runs/latest/verification", "/runs/latest/why/1/5"])
      expect((await get(path)).status).toBe(200)
    expect(timers()).toBeLessThanOrEqual(before)
  })

  it("is bundled without the embedded store, worker threads, and anything that listens", async () => {
    const bundle = "../../scripts/bundle.mjs"
    const { handler } = await import(bundle)
    const folder = mkdtempSync(join(tmpdir(), "lightcone-handler-"))
    try {
      const { metafile } = await handler(root, folder)
      const files = Object.keys(metafile.inputs)
      const imported = Object.values<{ imports: ReadonlyArray<{ path: string }> }>(metafile.outputs).flatMap(
        ({ imports }) => imports.map(({ path }) => path),
      )
      expect(files).toContain("src/http/Handler.ts")
      expect(
        files.filter((file) => /pglite|persistence\/embedded|Embedded|src\/cli|srvx/i.test(file)),
      ).toEqual([])
      expect(imported.filter((path) => /worker_threads|cluster|node:https?$|pglite/.test(path))).toEqual([])
      // `pg` has sockets from node:net, which has servers as well.
      const text = readFileSync(join(folder, "handler.js"), "utf8")
      expect(text).toContain("lightcone_http_requests_total")
      expect(text.match(/\b(?:createServer|Server)\(|\.listen\(/g) ?? []).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
