/** Deno runs the sources as they are, by the tasks of deno.json and with no further permissions. */
import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, inject, it } from "vitest"
import { createDatabase } from "../support/SharedPostgres.ts"
import { freePort } from "../support/Unprivileged.ts"
import { type Ended, run } from "./Command.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const deno = join(root, "node_modules/.bin/deno")
const folder = mkdtempSync(join(tmpdir(), "lightcone-deno-"))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Task = "start" | "start:postgres"

interface Served {
  readonly status: number | undefined
  /** What was said before it answered, or ended without. */
  readonly said: string
}

const serve: { readonly command: string } = JSON.parse(readFileSync(join(root, "deno.json"), "utf8")).tasks
  .serve

/** The command with each permission, and each part of one that names several, taken away in turn. */
const lesser = (): ReadonlyArray<readonly [taken: string, command: string]> =>
  serve.command
    .split(" ")
    .filter((word) => word.startsWith("--allow-"))
    .flatMap((word) => {
      const without = (other: string) => serve.command.replace(` ${word}`, other)
      const [name, list] = word.split("=")
      const parts = list?.split(",") ?? []
      const fewer = parts.map((part) => {
        const rest = parts.filter((one) => one !== part).join(",")
        return [`${name}=${part}`, without(` ${name}=${rest}`)] as const
      })
      return parts.length > 1 ? fewer : [[word, without("")] as const]
    })

/** The task with this command, in a folder that holds what `npm run build` makes. */
const servedBy = async (command: string, database: string): Promise<Served> => {
  const place = mkdtempSync(join(folder, "serve-"))
  writeFileSync(
    join(place, "deno.json"),
    JSON.stringify({ nodeModulesDir: "manual", tasks: { serve: { command } } }),
  )
  mkdirSync(join(place, "dist"))
  const built = dirname(inject("program"))
  cpSync(join(built, "handler.js"), join(place, "dist/handler.js"))
  cpSync(join(built, "web"), join(place, "dist/web"), { recursive: true })
  const port = await freePort()
  const child = spawn(deno, ["task", "--quiet", "serve"], {
    cwd: place,
    env: {
      PATH: `${dirname(deno)}:${process.env.PATH}`,
      HOME: process.env.HOME,
      DATABASE_URL: database,
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  })
  let said = ""
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  try {
    const listens = new Promise<void>((resolve) => {
      for (const output of [child.stdout, child.stderr])
        output.on("data", (text) => {
          said += text
          if (said.includes("Listening on")) resolve()
        })
    })
    await Promise.race([listens, ended])
    if (child.exitCode !== null) return { status: undefined, said }
    const asked = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then(({ status }) => status)
    const statuses = [await asked("/runs/latest/report"), await asked("/runs/latest/projections/machines")]
    return { status: Math.max(...statuses), said }
  } finally {
    if (child.exitCode === null) process.kill(-child.pid!, "SIGTERM")
    await ended
  }
}

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

  it("the API is served by the task, which needs each of its permissions and no other", async () => {
    const database = await createDatabase()
    const made = await lightcone("start:postgres", ["run", "--virtual", "--duration", "2s", "--quiet"], {
      DATABASE_URL: database,
    })
    expect(made.code, made.stderr).toBe(0)
    // `pg` would look for one in the home directory, which it may not.
    const nameless = new URL(database)
    nameless.password = ""
    const refused = await servedBy(serve.command, nameless.href)
    expect(refused.status, refused.said).toBe(503)

    const { status, said } = await servedBy(serve.command, database)
    expect(status, said).toBe(200)
    expect(said).not.toMatch(/error|warn|NotCapable/i)
    expect(lesser().length).toBeGreaterThan(3)
    const needless: Array<string> = []
    for (const [taken, command] of lesser())
      if ((await servedBy(command, database)).status === 200) needless.push(taken)
    expect(needless).toEqual([])
  })

  it("each task of the README is one that is tested here", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8")
    const named = [...readme.matchAll(/\bdeno task ([\w:]+)/g)].map(([, task]) => task)
    const tested: ReadonlyArray<Task | "serve"> = ["start", "start:postgres", "serve"]
    expect(named).toContain("serve")
    for (const task of named) expect(tested).toContain(task)
  })

  it("the command line is there without a store", async () => {
    const help = await lightcone("start:postgres", ["--help"])
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("lightcone verify latest")
  })
})
