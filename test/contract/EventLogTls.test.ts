import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeAuthority } from "../support/Certificates.ts"
import { start } from "../support/Cli.ts"
import { type Postgres, startPostgres } from "../support/Postgres.ts"
import { eventLogContract } from "./EventLog.contract.ts"
import { type OpenStore, openNative } from "./Stores.ts"

const directory = mkdtempSync(join(tmpdir(), "lightcone-tls-"))
const root = join(directory, "root.crt")
let server: Postgres
let store: OpenStore
const securely = (url: string) => `${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(root)}`
beforeAll(async () => {
  const authority = makeAuthority()
  writeFileSync(root, authority.certificate)
  server = await startPostgres({ tls: { ...authority.issue(["localhost", "127.0.0.1"]), only: true } })
  store = await openNative(securely(server.url))
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
  rmSync(directory, { recursive: true })
})

eventLogContract("a Postgres that takes TLS only, under a private authority", () => store)

it("run, sql and verify work over TLS under a private authority", async () => {
  const env = { LIGHTCONE_DATABASE_URL: securely(await server.createDatabase()) }
  const run = await start(["run", "--duration", "1s", "--json"], { env }).finished
  expect(run.code, run.stderr).toBe(0)
  expect((await start(["verify", "latest"], { env }).finished).code).toBe(0)
  const query = `select count(*) as machines from machines where run_id = '${JSON.parse(run.stdout).run}'`
  const sql = await start(["sql", query, "--json"], { env }).finished
  expect(JSON.parse(sql.stdout)).toEqual([{ machines: 3 }])
})

it("a server whose authority is not known is exit 3, with what to name", async () => {
  const env = { LIGHTCONE_DATABASE_URL: `${server.url}?sslmode=verify-full&sslrootcert=system` }
  const { code, stderr } = await start(["runs"], { env }).finished
  expect(code).toBe(3)
  expect(stderr).toMatch(/sslrootcert/)
})
