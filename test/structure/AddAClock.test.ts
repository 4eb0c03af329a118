/** The README's "Add a clock", followed literally in a copy of the project. */
import { spawn } from "node:child_process"
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { run } from "../package/Command.ts"
import { manyProcessesMs } from "../support/Cli.ts"
import { createDatabase } from "../support/SharedPostgres.ts"
import { root } from "./Sources.ts"
import * as Walkthrough from "./Walkthrough.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

/** Files, their texts, and the lines to add, as its words say. */
const steps = () => {
  const { blocks, says } = Walkthrough.read("Add a clock", 2)
  return {
    path: says(/Write `([^`]+)`/, "which file to write"),
    text: blocks[0]!,
    registry: says(/in a line of `([^`]+)`/, "where to name it"),
    line: blocks[1]!,
    name: says(/name: "([^"]+)"/, "its name"),
    title: says(/title: "([^"]+)"/, "its title"),
  }
}

let copy: string
let database: string

const environment = () => ({ DATABASE_URL: database })
const program = ["--import", "tsx", "src/main.ts"]

const lightcone = async (...args: ReadonlyArray<string>): Promise<string> => {
  const ended = await run(process.execPath, [...program, ...args], copy, environment())
  expect(ended.code, ended.stderr).toBe(0)
  return ended.stdout
}

/** The script of the page, as a browser gets it. */
const pageScript = async (): Promise<string> => {
  const server = spawn(process.execPath, [...program, "serve", "--port", "0"], {
    cwd: copy,
    env: { ...process.env, ...environment() },
    stdio: ["ignore", "pipe", "pipe"],
  })
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let said = ""
      const hear = (chunk: Buffer): void => {
        said += chunk.toString()
        const match = /http:\/\/[\w.:]+\d/.exec(said)
        if (match !== null) resolve(match[0])
      }
      server.stdout.on("data", hear)
      server.stderr.on("data", hear)
      server.once("exit", () => reject(new Error(`the server ended: ${said}`)))
    })
    return await (await fetch(`${address}/page.js`)).text()
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve))
    server.kill("SIGINT")
    await ended
  }
}

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), "lightcone-copy-"))
  for (const name of ["src", "migrations", "web", "scripts", "package.json", "tsconfig.json"])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  database = await createDatabase()
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

it("adds a clock that is in the table, in SQL, in reports and on the page", async () => {
  const made = await lightcone(
    "run",
    "--virtual",
    "--machines",
    "5",
    "--seed",
    "3",
    "--duration",
    "20s",
    "-q",
    "--json",
  )
  const name: string = JSON.parse(made).run
  expect(JSON.parse(await lightcone("clocks", name, "--json")).clocks).toHaveLength(5)

  const { path, text, registry, line, name: clock, title } = steps()
  writeFileSync(join(copy, path), text)
  appendFileSync(join(copy, registry), line)
  const tsc = join(root, "node_modules/.bin/tsc")
  const checked = await run(tsc, ["--noEmit", "--project", "tsconfig.json"], copy)
  expect(checked.stdout.split("\n").filter((told) => told.startsWith("src/domain/"))).toEqual([])

  const { clocks, clockEvents } = JSON.parse(await lightcone("clocks", name, "--json"))
  const added = clocks.find((one: { readonly clock: string }) => one.clock === clock)
  expect(added).toMatchObject({ title, unordered: { share: 0 }, reversed: { share: 0 } })
  const vector = clocks.find((one: { readonly clock: string }) => one.clock === "vector")
  expect(added.falseOrder.share).toBeGreaterThan(0)
  expect(added.bytes.mean).toBeLessThan(vector.bytes.mean)
  expect(await lightcone("clocks", name)).toMatch(
    new RegExp(`^${clock} +${added.bytes.mean.toFixed(1)} `, "m"),
  )

  const asked = `select c.clock, c.false_order, count(*) as stamps from clock_comparison c join clock_stamps s using (run_id, clock)
    where clock = '${clock}' group by 1, 2`
  expect(JSON.parse(await lightcone("sql", asked, "--json"))).toEqual([
    { clock, false_order: added.falseOrder.share, stamps: clockEvents },
  ])

  await lightcone("report", name, "--out", "report.html", "-q")
  const report = readFileSync(join(copy, "report.html"), "utf8")
  expect(report).toContain(`<td>${clock}</td>`)
  // Among those that are picked in the diagram.
  for (const script of [report, await pageScript()])
    expect(script).toMatch(new RegExp(`name:"${clock}",title:"${title}"`))
})
