/** Deno runs the sources as they are, by the task that deno.json gives and no further permissions. */
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Ended, run } from "./Command.ts"
import { type OwnPostgres, start } from "./OwnPostgres.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

let postgres: OwnPostgres

beforeAll(async () => {
  postgres = await start()
})

afterAll(() => postgres?.stop())

const deno = (...args: ReadonlyArray<string>): Promise<Ended> =>
  run(join(root, "node_modules/.bin/deno"), ["task", "--quiet", "start", ...args], root, {
    DATABASE_URL: postgres.url,
  })

describe("under Deno", () => {
  it("a run is made, verified and recorded, and nothing warns", async () => {
    const ran = await deno("run", "--duration", "3s", "--json", "--quiet")
    expect(ran.stderr).toBe("")
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ verified: true, machines: [{}, {}, {}] })

    const verified = await deno("verify", "latest", "--json", "--quiet")
    expect(verified).toMatchObject({ code: 0, stderr: "" })
    expect(JSON.parse(verified.stdout)).toMatchObject({ run: JSON.parse(ran.stdout).run, verified: true })
  })

  it("the command line is there without a store", async () => {
    const help = await deno("--help")
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("lightcone verify latest")
  })
})
