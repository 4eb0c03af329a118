import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import {
  complaints,
  eachAtOnce,
  type Finished,
  lightcone,
  manyProcessesMs,
  type Scratch,
  scratchDatabase,
} from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const password = "Zq7Xw9Kv5Jy8"

/** No three characters of the password in a row stand anywhere in what was said. */
const keepsSecret = (done: Finished, secret: string = password): void => {
  for (let i = 0; i + 3 <= secret.length; i++)
    expect(done.stdout + done.stderr).not.toContain(secret.slice(i, i + 3))
}

const saysOneLine = (done: Finished, code: number, ...told: ReadonlyArray<string | RegExp>): void => {
  expect(done.code, done.stderr).toBe(code)
  expect(done.stdout).toBe("")
  expect(done.madeStore).toBe(false)
  expect(complaints(done), done.stderr).toHaveLength(1)
  for (const words of told) expect(complaints(done)[0]).toMatch(words)
}

/** A port at which nothing listens: it was free a moment ago. */
const deadPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

describe("a database URL that cannot be used", () => {
  const urls: ReadonlyArray<readonly [url: string, told: RegExp]> = [
    ["not a url", /must be a URL such as postgresql:\/\//],
    [`mysql://me:${password}@localhost/db`, /scheme must be postgresql or postgres, found mysql/],
    [`postgresql://me:Zq7@Xw9Kv5Jy8@localhost/db`, /@.*%40/],
    [`postgresql://me:Zq7#Xw9Kv5Jy8@localhost/db`, /#.*%23/],
    [`postgresql://me:Zq7@Xw9#Kv5Jy8@localhost/db`, /%40|%23/],
    [`postgresql://me:Zq7%Xw9@localhost/db`, /%25/],
    [`postgresql://me:${password}@localhost:70000/db`, /port.*1 to 65535/],
    [`postgresql://me:${password}@localhost/db?sslmode=maybe`, /sslmode/],
    [`postgresql://me:${password}@localhost/db?nope=1`, /parameters/],
  ]

  it("is refused with its fault, and no part of its password is shown", async () => {
    const all = await eachAtOnce(urls, ([url]) => lightcone(["runs", "--database", url]))
    for (const [i, [, told]] of urls.entries()) {
      saysOneLine(all[i]!, 2, told, /^lightcone: Cannot use the database URL/)
      keepsSecret(all[i]!)
    }
  })

  it("is refused from the environment as well", async () => {
    for (const name of ["LIGHTCONE_DATABASE_URL", "DATABASE_URL"]) {
      const done = await lightcone(["run", "--duration", "300ms"], {
        env: { [name]: `mysql://me:${password}@h/d` },
      })
      saysOneLine(done, 2, /mysql/)
      keepsSecret(done)
    }
  })
})

describe("a store that cannot be used", () => {
  let store: Scratch
  const role = `cli_guest_${process.pid}`
  beforeAll(async () => {
    store = await scratchDatabase()
    await store.sql(`create role ${role} login password '${password}'`)
  })
  afterAll(async () => {
    await store.sql(`drop owned by ${role}`)
    await store.sql(`drop role ${role}`)
    await store.drop()
  })

  it("because nothing listens is exit code 3, with the host and the reason", async () => {
    const port = await deadPort()
    const all = await eachAtOnce(["runs", "run", "migrate"], (command) =>
      lightcone([command, "--database", `postgresql://me:${password}@127.0.0.1:${port}/db`]),
    )
    for (const done of all) {
      saysOneLine(done, 3, `127.0.0.1:${port}/db`, /ECONNREFUSED/)
      keepsSecret(done)
    }
  })

  it("because the password is wrong, or the database is missing, is exit code 3, with what must hold", async () => {
    const wrong = new URL(store.url)
    wrong.password = password
    const missing = new URL(store.url)
    missing.username = role
    missing.password = password
    missing.pathname = "/no_such_database"
    const [refused, absent] = await eachAtOnce([wrong, missing], (url) =>
      lightcone(["runs", "--database", url.href]),
    )
    saysOneLine(refused!, 3, wrong.host, /password authentication failed for user "lightcone"/)
    saysOneLine(absent!, 3, missing.host, /database "no_such_database" does not exist/)
    for (const done of [refused!, absent!]) keepsSecret(done)
  })

  it("because the role lacks rights is exit code 3, with what is missing and who can grant it", async () => {
    const url = new URL(store.url)
    url.username = role
    url.password = password
    const first = await lightcone(["run", "--duration", "300ms"], { env: { DATABASE_URL: url.href } })
    saysOneLine(first, 3, /administrator must run GRANT CREATE ON DATABASE .*permission denied for database/)
    expect((await store.run(["migrate"])).code).toBe(0)
    const all = await eachAtOnce(["run", "runs"], (command) => lightcone([command, "--database", url.href]))
    for (const done of all) saysOneLine(done, 3, /permission denied for schema lightcone.*GRANT/)
    for (const done of [first, ...all]) {
      expect(done.stderr).toContain(`store: Postgres at ${url.host}`)
      keepsSecret(done)
    }
    expect(await store.sql("select 1 from lightcone.run_heads")).toEqual([])
  })
})
