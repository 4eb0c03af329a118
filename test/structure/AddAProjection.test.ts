/** The README's "Add a projection", followed literally in a copy of the project. */
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { run } from "../package/Command.ts"
import { manyProcessesMs } from "../support/Cli.ts"
import { createDatabase } from "../support/SharedPostgres.ts"
import { asked, expected, steps } from "./AddAProjection.ts"
import { root } from "./Sources.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let copy: string
let database: string

const lightcone = async (...args: ReadonlyArray<string>) => {
  const ended = await run(process.execPath, ["--import", "tsx", "src/main.ts", ...args], copy, {
    DATABASE_URL: database,
  })
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}

const recorded = async (): Promise<string> => {
  const ran = await lightcone(
    "run",
    "--rates",
    "20,30,40",
    "--sides",
    "4",
    "--duration",
    "1s",
    "-q",
    "--json",
  )
  return JSON.parse(ran.stdout).run
}

const rows = async (query: string, name: string): Promise<ReadonlyArray<unknown>> =>
  JSON.parse((await lightcone("sql", query.replaceAll("RUN", name), "--json")).stdout)

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), "lightcone-copy-"))
  for (const name of ["src", "migrations", "package.json", "tsconfig.json"])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  database = await createDatabase()
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

it("adds a table that has what its words promise, for runs from before and after, live and rebuilt", async () => {
  const before = await recorded()
  const { path, text, registry, line } = steps()
  writeFileSync(join(copy, path), text)
  appendFileSync(join(copy, registry), line)

  const tsc = join(root, "node_modules/.bin/tsc")
  const checked = await run(tsc, ["--noEmit", "--project", "tsconfig.json"], copy)
  expect(checked.stdout.split("\n").filter((told) => told.startsWith("src/domain/"))).toEqual([])
  expect(await rows(asked, before)).toEqual(await rows(expected, before))

  const after = await recorded()
  const live = await rows(asked, after)
  expect(live.length).toBeGreaterThan(3)
  expect(live).toEqual(await rows(expected, after))
  expect((await lightcone("project", "--rebuild", "--only", "traffic")).stdout).toBe("rebuilt traffic\n")
  for (const name of [before, after]) expect(await rows(asked, name)).toEqual(await rows(expected, name))
  expect((await lightcone("sql")).stdout).toMatch(
    /^traffic +run_id, sender, recipient, sent, received, mean_us$/m,
  )
})
