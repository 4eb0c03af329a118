/** What a person gets who installs the package, from the tarball on. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asked, expected as expectedRows, steps } from "../structure/AddAProjection.ts"
import { createDatabase } from "../support/SharedPostgres.ts"
import { type Ended, run, succeed } from "./Command.ts"

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "")
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

const maxInstalledBytes = 80_000_000
const setUpMs = 120_000

let folder: string
let installed: string
let database: string

const packageFolder = (): string => join(installed, "node_modules/lightcone")

const filesIn = (path: string): ReadonlyArray<string> =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((name) => lstatSync(name).isFile())

const lightcone = (args: ReadonlyArray<string>, environment: Record<string, string> = {}): Promise<Ended> =>
  run(join(installed, "node_modules/.bin/lightcone"), args, installed, environment)

/** What is said on standard error of a store and a run, and nothing else. */
const expected =
  /^(store: (Postgres at|embedded, in) \S+|initialising the schema lightcone in \S+|run \w{12}, seed \d+; again with: .+|\d+ events stored · .+)$/

const unexpected = (stderr: string): ReadonlyArray<string> =>
  stderr.split("\n").filter((line) => line !== "" && !expected.test(line))

const runAndVerify = async (environment: Record<string, string>): Promise<void> => {
  const ran = await lightcone(["run", "--duration", "1s", "--json"], environment)
  expect(unexpected(ran.stderr)).toEqual([])
  expect(ran.code).toBe(0)
  expect(JSON.parse(ran.stdout)).toMatchObject({ verified: true, machines: [{}, {}, {}] })

  const verified = await lightcone(["verify", "latest", "--json"], environment)
  expect(unexpected(verified.stderr)).toEqual([])
  expect(verified.code).toBe(0)
  expect(JSON.parse(verified.stdout)).toMatchObject({ run: JSON.parse(ran.stdout).run, verified: true })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lightcone-package-"))
  installed = join(folder, "somewhere else")
  mkdirSync(installed)
  const npm = (args: ReadonlyArray<string>, cwd: string) => succeed("npm", args, cwd)
  const pack = async () => {
    await npm(["pack", "--pack-destination", folder], root)
    const tarball = join(folder, `lightcone-${version}.tgz`)
    await npm(
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", tarball],
      installed,
    )
  }
  await pack()
  database = await createDatabase()
}, setUpMs)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the installed package", () => {
  it("prints its version and its help", async () => {
    expect(await lightcone(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" })
    const help = await lightcone(["--help"])
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("lightcone verify latest")
  })

  it("runs the scale model on a Postgres, and verifies what it recorded", () =>
    runAndVerify({ DATABASE_URL: database }))

  it("runs it without one, in an embedded store from the template that came along", async () => {
    const templates = (): ReadonlyArray<string> => readdirSync(join(packageFolder(), "template"))
    const cameAlong = templates()
    await runAndVerify({})
    expect(templates()).toEqual(cameAlong)
  })

  it("works as a library, with types that reject what is wrong", async () => {
    const source = [
      'import { type ClockEvent, Machine, type Message, Verification } from "lightcone"',
      "const start = Machine.initial({ seed: 7, machine: 1, sides: 10, peerA: 2, peerB: 3 })",
      'const event = Machine.decide(start, { input: "tick", taken: undefined, atUs: 0, queueLength: 0 })',
      "export const right: ClockEvent.MachineEvent = event",
      "// @ts-expect-error an event is no message",
      "export const wrong: Message.Message = event",
      "process.stdout.write(JSON.stringify([Machine.evolve(start, event).lamport, Verification.verify([]).counts.events]))",
    ]
    writeFileSync(join(installed, "package.json"), JSON.stringify({ type: "module" }))
    writeFileSync(
      join(installed, "Uses.ts"),
      `declare const process: { stdout: { write: (text: string) => void } }\n${source.join("\n")}\n`,
    )
    const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--types", ""]
    const tsc = join(root, "node_modules/.bin/tsc")
    expect(await run(tsc, [...options, "Uses.ts"], installed)).toEqual({ code: 0, stdout: "", stderr: "" })
    expect(await run("node", ["Uses.js"], installed)).toEqual({ code: 0, stdout: "[1,0]", stderr: "" })
  })

  it("has the API as a fetch, imported as the README says, with its types", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8")
    const [, written] = /```ts\n(import handler from "lightcone\/handler"\n[\s\S]*?)```/.exec(readme)!
    writeFileSync(join(installed, "package.json"), JSON.stringify({ type: "module" }))
    writeFileSync(
      join(installed, "Serves.ts"),
      [
        "declare const process: { stdout: { write: (text: string) => void }; exit: (code: number) => never }",
        written,
        "// @ts-expect-error a path is no request",
        'const wrong = () => handler.fetch("/runs")',
        "const runs: unknown = await response.json()",
        "process.stdout.write(JSON.stringify([response.status, Array.isArray(runs)]))",
        "process.exit(0)",
      ].join("\n"),
    )
    const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--types", ""]
    const tsc = join(root, "node_modules/.bin/tsc")
    const compiled = await run(tsc, [...options, "--lib", "es2022,dom", "Serves.ts"], installed)
    expect(compiled).toEqual({ code: 0, stdout: "", stderr: "" })
    const served = await run("node", ["Serves.js"], installed, { DATABASE_URL: database })
    expect(served).toEqual({ code: 0, stdout: "[200,true]", stderr: "" })
  })

  it("takes a projection from outside, as the README says, with its types", async () => {
    const { text, outsideImport, configuration } = steps()
    writeFileSync(join(installed, "package.json"), JSON.stringify({ type: "module" }))
    writeFileSync(join(installed, "Traffic.ts"), text.replace(/^import .*$/m, outsideImport))
    writeFileSync(join(installed, "lightcone.config.ts"), configuration)
    const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--types", "", "--noEmit"]
    const tsc = join(root, "node_modules/.bin/tsc")
    const checked = await run(
      tsc,
      [...options, "--allowImportingTsExtensions", "lightcone.config.ts"],
      installed,
    )
    expect(checked).toEqual({ code: 0, stdout: "", stderr: "" })

    const on = { DATABASE_URL: database }
    const ran = await lightcone(
      ["run", "--rates", "20,30,40", "--sides", "4", "--duration", "1s", "-q", "--json"],
      on,
    )
    expect(ran.stderr).toBe("")
    const rows = async (query: string) => {
      const answered = await lightcone(
        ["sql", query.replaceAll("RUN", JSON.parse(ran.stdout).run), "--json"],
        on,
      )
      expect(answered.code, answered.stderr).toBe(0)
      return JSON.parse(answered.stdout)
    }
    const live = await rows(asked)
    expect(live.length).toBeGreaterThan(3)
    expect(live).toEqual(await rows(expectedRows))
    rmSync(join(installed, "lightcone.config.ts"))
  })

  it("carries the workers of the embedded store and of experiments, the specification and the licences of what it bundles", () => {
    const carried = filesIn(packageFolder())
    for (const name of [
      "dist/embedded/Gate.js",
      "dist/embedded/PGliteWorker.js",
      "dist/embedded/TemplateWorker.js",
      "dist/threads/RunWorker.js",
      "docs/SPEC.md",
      "LICENSE",
    ])
      expect(carried).toContain(join(installed, "node_modules/lightcone", name))
    const licences = readFileSync(join(installed, "node_modules/lightcone/dist/LICENSES.txt"), "utf8")
    for (const name of ["commander", "effect", "kysely", "pg"])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"))
  })

  it("holds no path of the machine that built it, and no source map", () => {
    const carried = filesIn(packageFolder())
    const telling = carried.filter((file) => {
      const text = readFileSync(file, "latin1")
      return (
        text.includes(root) || /\.\.\/[^"\s]*node_modules/.test(text) || text.includes("sourceMappingURL")
      )
    })
    expect(telling).toEqual([])
  })

  it("takes less than 80 MB, with all that it needs", () => {
    const bytes = filesIn(join(installed, "node_modules")).reduce(
      (sum, file) => sum + lstatSync(file).blocks * 512,
      0,
    )
    expect(bytes).toBeLessThan(maxInstalledBytes)
  })
})
