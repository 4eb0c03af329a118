/**
 * How soon something is there: help from the sources and from the bundle, and the first tick on an embedded store that
 * is made for it. References: the same start of an empty file, and PGlite making an empty directory by itself.
 * Run: tsx bench/startup.ts [--quick]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, row, type Target } from "./Figure.ts"
import { node } from "./Process.ts"
import { secondsOf, type Taken, taken } from "./Rounds.ts"

const name = "startup"
const atMost = (value: number): Target => ({ value, of: "measured", bound: "at most" })

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
const tsx = join(createRequire(import.meta.url).resolve("tsx/package.json"), "../dist/cli.mjs")

/** Seconds from the start of the process until its first tick is made, on a store of its own. */
const firstTick = async (words: ReadonlyArray<string>): Promise<number> => {
  const directory = mkdtempSync(join(tmpdir(), "lightcone-cold-"))
  const environment = { LIGHTCONE_DIR: join(directory, "store") }
  try {
    const begunMs = Date.now()
    const options = ["--rates", "1000,1000,1000", "--duration", "200ms", "--json", "-q"]
    await node([...words, "run", ...options], environment)
    const { stdout } = await node([...words, "events", "latest", "--json"], environment)
    const ticks = /^\{.*"kind":"(?:internal|sent|received)".*$/m.exec(stdout)
    if (ticks === null) throw new Error("the run has no tick")
    return (Date.parse(JSON.parse(ticks[0]).occurredAt) - begunMs) / 1_000
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const emptyStore = async (): Promise<number> => {
  const { PGlite } = await import("@electric-sql/pglite")
  const directory = mkdtempSync(join(tmpdir(), "lightcone-cold-"))
  try {
    return await secondsOf(async () => {
      const database = await PGlite.create({ dataDir: join(directory, "data") })
      await database.query("select 1")
      await database.close()
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withProgram(async (_, program) => {
      const folder = mkdtempSync(join(tmpdir(), "lightcone-empty-"))
      const nothing = join(folder, "nothing.mjs")
      writeFileSync(nothing, "")
      const rounds = quick ? 1 : 7
      const started = (what: string, ours: ReadonlyArray<string>, reference: ReadonlyArray<string>) => {
        note(what)
        return taken(rounds, async () => ({
          ours: await secondsOf(() => node([...ours, "--help"])),
          reference: await secondsOf(() => node(reference)),
        }))
      }
      const cold = (what: string, words: ReadonlyArray<string>) => {
        note(what)
        return taken(quick ? 1 : 5, async () => ({
          ours: await firstTick(words),
          reference: await emptyStore(),
        }))
      }
      const line = (what: string, reference: string, found: Taken, target: Target) =>
        row(name, {
          what,
          unit: "s",
          measured: found.ours,
          reference: { what: reference, value: found.reference, ratio: found.ratio },
          target,
        })
      try {
        const words = [tsx, main]
        const help = await started("tsx src/main.ts --help", words, [tsx, nothing])
        const bundled = await started("the bundle's --help", [program], [nothing])
        const coldBundle = await cold("first tick, bundle, cold store", [program])
        const coldSources = await cold("first tick, sources, cold store", words)
        return [
          line("tsx src/main.ts --help", "tsx, empty file", help, atMost(0.6)),
          line("the bundle's --help", "node, empty file", bundled, atMost(0.3)),
          line("first tick on a cold embedded store, bundle", "PGlite's initdb", coldBundle, atMost(3)),
          line("first tick on a cold embedded store, sources", "PGlite's initdb", coldSources, atMost(3)),
        ]
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }),
}

await alone(import.meta.url, figure)
