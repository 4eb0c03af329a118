/** Deno runs the sources as they are, by the task that deno.json gives and with no further permissions. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { createDatabase } from "../support/SharedPostgres.ts"
import { type Ended, run } from "./Command.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const deno = join(root, "node_modules/.bin/deno")
const folder = mkdtempSync(join(tmpdir(), "lightcone-deno-"))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lightcone = (args: ReadonlyArray<string>, environment: Record<string, string> = {}): Promise<Ended> =>
  run(deno, ["task", "--quiet", "start", ...args], root, environment)

const runAndVerify = async (environment: Record<string, string>): Promise<void> => {
  const ran = await lightcone(["run", "--duration", "3s", "--json", "--quiet"], environment)
  expect(ran.stderr).toBe("")
  expect(ran.code).toBe(0)
  expect(JSON.parse(ran.stdout)).toMatchObject({ verified: true, machines: [{}, {}, {}] })

  const verified = await lightcone(["verify", "latest", "--json", "--quiet"], environment)
  expect(verified).toMatchObject({ code: 0, stderr: "" })
  expect(JSON.parse(verified.stdout)).toMatchObject({ run: JSON.parse(ran.stdout).run, verified: true })
}

describe("under Deno", () => {
  it("a run on a Postgres is made, recorded and verified, and nothing warns", async () =>
    runAndVerify({ DATABASE_URL: await createDatabase() }))

  it("a run in the embedded store is made, recorded and verified, and nothing warns", () =>
    runAndVerify({ LIGHTCONE_DIR: join(folder, "store") }))

  it("the command line is there without a store", async () => {
    const help = await lightcone(["--help"])
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("lightcone verify latest")
  })
})
