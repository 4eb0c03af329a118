/** docs/OPERATIONS.md's three roles, granted by its own words: the suite under the writer, SQL under the reader. */
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { make } from "../../src/handler.ts"
import { lightcone, type Scratch, scratchDatabase } from "../support/Cli.ts"
import * as Hosts from "./Hosts.ts"
import { answersRequests, run } from "./Requests.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const suffix = randomBytes(4).toString("hex")
const roles = { writer: `writer_${suffix}`, reader: `reader_${suffix}` }

/** The statements as they are printed, for roles whose names nobody else has. */
const grants = (): string => {
  const markdown = readFileSync(join(root, "docs/OPERATIONS.md"), "utf8")
  const [, sql] = /```sql\n([\s\S]*?)```/.exec(markdown)!
  return sql!.replace(/\b(writer|reader)\b/g, (name) => roles[name as keyof typeof roles])
}

let scratch: Scratch
const urlOf = (role: string): string => {
  const url = new URL(scratch.url)
  url.username = role
  url.password = "secret"
  return url.href
}

const as = async (role: string, statement: string): Promise<string> => {
  const client = new pg.Client({ connectionString: urlOf(role) })
  await client.connect()
  try {
    await client.query(statement)
    return "done"
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await client.end()
  }
}

beforeAll(async () => {
  scratch = await scratchDatabase()
  expect((await scratch.run(["migrate"])).code).toBe(0)
  for (const role of Object.values(roles)) await scratch.sql(`create role ${role} login password 'secret'`)
  const owner = new pg.Client({ connectionString: scratch.url })
  await owner.connect()
  await owner.query(grants())
  await owner.end()
  const made = await lightcone([...run, "--json", "-q", "--database", urlOf(roles.writer)])
  expect(made.code, made.stderr).toBe(0)
})
afterAll(async () => {
  for (const role of Object.values(roles)) await scratch.sql(`drop owned by ${role}; drop role ${role}`)
  await scratch.drop()
})

describe("the writer", () => {
  let host: Hosts.Host
  beforeAll(() => {
    host = Hosts.inThisProcess(urlOf(roles.writer))
  })
  afterAll(() => host.close())
  answersRequests(() => ({
    fetch: host.fetch,
    token: Hosts.token,
    command: async (...words) => JSON.parse((await scratch.run([...words, "-q"])).stdout),
    remove: (...runs) => scratch.run(["rm", ...runs]),
  }))

  it("makes and follows real runs, and carries out what was requested", async () => {
    const database = ["--database", urlOf(roles.writer)]
    const made = await lightcone(["run", "--duration", "2s", "--json", "-q", ...database])
    expect(made.code, made.stderr).toBe(0)
    expect(JSON.parse(made.stdout).verified).toBe(true)
    const worked = await lightcone(["work", "--once", ...database])
    expect(worked.code, worked.stderr).toBe(0)
  })

  it("changes and deletes no event, and makes and drops nothing", async () => {
    const forbidden = [
      "update lightcone.log set lamport = 0",
      "delete from lightcone.log",
      "truncate lightcone.log",
      "drop table lightcone.log",
      "create table lightcone.more (x integer)",
      "alter table lightcone.log disable trigger all",
    ]
    for (const statement of forbidden) expect(await as(roles.writer, statement), statement).toBe("42501")
  })
})

describe("SQL over HTTP, as the reader", () => {
  const asked = async (query: string) => {
    vi.stubEnv("LIGHTCONE_DATABASE_URL", urlOf(roles.writer))
    vi.stubEnv("LIGHTCONE_READER_URL", urlOf(roles.reader))
    const { fetch, dispose } = make({ token: "t" })
    try {
      const headers = { authorization: "Bearer t", "content-type": "application/json" }
      const init = { method: "POST", headers, body: JSON.stringify({ query }) }
      const response = await fetch(new Request("http://localhost/sql", init))
      return { status: response.status, body: JSON.parse(await response.text()) }
    } finally {
      await dispose()
      vi.unstubAllEnvs()
    }
  }

  it("answers one SELECT, of so many rows at most", async () => {
    const { body } = await asked("select machine, count(*) as events from events group by 1 order by 1")
    expect(body.rows.map(({ machine }: { machine: number }) => machine)).toEqual([0, 1, 2, 3])
    const many = await asked("select n from generate_series(1, 20000) n")
    expect([many.body.rows.length, many.body.complete]).toEqual([10_000, false])
  })

  it("refuses what writes, what is kept from it, and what is none", async () => {
    const refused = [
      "delete from lightcone.log",
      "select 1; drop table lightcone.log",
      "select * from lightcone.run_heads",
      "select pg_terminate_backend(pid) from pg_stat_activity",
      "select pg_read_file('/etc/passwd')",
      "copy (select 1) to program 'true'",
      "nonsense",
    ]
    for (const query of refused) {
      const { status, body } = await asked(query)
      if (query.startsWith("select pg_terminate"))
        expect(body.rows?.some((row: object) => Object.values(row)[0])).not.toBe(true)
      else expect({ query, status, field: body.field }).toEqual({ query, status: 400, field: "query" })
    }
    expect((await scratch.run(["verify", "latest", "-q"])).code).toBe(0)
  })
})
