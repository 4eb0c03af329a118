/** Deno runs the sources as they are, by the tasks of deno.json and with no further permissions. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
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

type Task = "start" | "start:postgres"

const lightcone = (
  task: Task,
  args: ReadonlyArray<string>,
  environment: Record<string, string> = {},
): Promise<Ended> => run(deno, ["task", "--quiet", task, ...args], root, environment)

const runAndVerify = async (task: Task, environment: Record<string, string>): Promise<void> => {
  const ran = await lightcone(task, ["run", "--duration", "2s", "--json", "--quiet"], environment)
  expect(ran.stderr).toBe("")
  expect(ran.code).toBe(0)
  expect(JSON.parse(ran.stdout)).toMatchObject({ verified: true, machines: [{}, {}, {}] })

  const verified = await lightcone(task, ["verify", "latest", "--json", "--quiet"], environment)
  expect(verified).toMatchObject({ code: 0, stderr: "" })
  expect(JSON.parse(verified.stdout)).toMatchObject({ run: JSON.parse(ran.stdout).run, verified: true })
}

describe("under Deno", () => {
  it("a run on a Postgres is made, recorded and verified, and nothing warns", async () =>
    runAndVerify("start:postgres", { DATABASE_URL: await createDatabase() }))

  it("a run in the embedded store is made, recorded and verified, and nothing warns", () =>
    runAndVerify("start", { LIGHTCONE_DIR: join(folder, "store") }))

  it("a virtual run is the same, to the last byte", async () => {
    const vectors = readFileSync(join(root, "test", "vectors", "virtual.json"), "utf8")
    const [{ digest, events, config }] = JSON.parse(vectors)
    const words = ["run", "--virtual", "--no-store", "--seed", String(config.seed), "--json", "--quiet"]
    const ran = await lightcone("start:postgres", words)
    expect(ran).toMatchObject({ code: 0, stderr: "" })
    // With the two events of the run's own stream.
    expect(JSON.parse(ran.stdout)).toMatchObject({ digest, events: events + 2, verified: true })
  })

  it("without the right to look at processes no embedded store is opened, as one may be held", async () => {
    const directory = join(folder, "other")
    const ran = await lightcone("start:postgres", ["run", "--duration", "1s"], { LIGHTCONE_DIR: directory })
    expect(ran.code).not.toBe(0)
    expect(existsSync(directory)).toBe(false)
  })

  it("the command line is there without a store", async () => {
    const help = await lightcone("start:postgres", ["--help"])
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("lightcone verify latest")
  })
})
