import { readFileSync } from "node:fs"
import { describe, expect, it, vi } from "vitest"
import { eachAtOnce, type Finished, lightcone, manyProcessesMs } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const commands = ["run", "runs", "show", "events", "verify", "sql", "db", "migrate", "rm"]

/** Done, said on standard output alone, and nothing made. */
const isSaid = (done: Finished): void => {
  expect(done.code, done.stderr).toBe(0)
  expect(done.stderr).toBe("")
  expect(done.madeStore).toBe(false)
  expect(done.stdout).toMatch(/\n$/)
  expect(done.stdout).not.toContain("\x1b")
}

describe("help", () => {
  it("of every command has its options and an example, and needs no store", async () => {
    const all = await eachAtOnce(commands, (command) => lightcone([command, "-h"]))
    for (const [i, done] of all.entries()) {
      isSaid(done)
      expect(done.stdout).toContain(`Usage: lightcone ${commands[i]}`)
      expect(done.stdout).toMatch(new RegExp(`\\nExamples?:\\n.*lightcone ${commands[i]}`))
      for (const option of ["--database", "--quiet", "--debug", "--no-color"])
        expect(done.stdout).toContain(option)
    }
  })

  it("is the same however it is asked for, names every command and every variable", async () => {
    const asked = [
      ["help"],
      ["--help"],
      ["help", "run"],
      ["run", "--help"],
      ["help", "environment"],
      ["--version"],
    ]
    const all = await eachAtOnce(asked, (args) => lightcone(args))
    for (const done of all) isSaid(done)
    const [help, option, helpRun, runHelp, environment, version] = all.map(({ stdout }) => stdout)
    expect(option).toBe(help)
    for (const command of commands) expect(help).toMatch(new RegExp(`\\n  ${command}\\b`))
    expect(runHelp).toBe(helpRun)
    for (const option of [
      "--machines",
      "--duration",
      "--seed",
      "--rates",
      "--rate-range",
      "--equal-rates",
      "--sides",
    ])
      expect(helpRun).toContain(option)
    expect(helpRun).toMatch(/seed fixes .*cannot fix/s)
    for (const name of [
      "LIGHTCONE_DATABASE_URL",
      "DATABASE_URL",
      "LIGHTCONE_DIRECT_URL",
      "LIGHTCONE_DIR",
      "NO_COLOR",
    ])
      expect(environment).toMatch(new RegExp(`\\n  ${name} +\\S`))
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
    expect(version).toBe(`${manifest.version}\n`)
  })
})
