import { describe, expect, it } from "vitest"
import * as Law from "./Law.ts"
import { readSources, type Sources } from "./Sources.ts"

/** Whoever builds on Lightcone or tests it needs these; no command does. */
const withoutEntry = ["src/persistence/EventLogMemory.ts"]
const entries = ["src/main.ts", "src/index.ts", "src/handler.ts", ...withoutEntry]

const rules: ReadonlyArray<readonly [claim: string, rule: (sources: Sources) => ReadonlyArray<string>]> = [
  [
    "imports follow the layout: domain, then runtime, persistence and interchange, then cli",
    Law.againstTheDirection,
  ],
  ["the domain knows data alone, neither Node nor effects", Law.impureDomain],
  ["no barrel of Effect is imported", Law.barrels],
  ["relative imports name files that are there, by their whole name", Law.unresolvable],
  ["effects are run in src/main.ts and by threads alone", Law.runsEffects],
  ["nothing is run as a shell command", Law.startsShells],
  ["every file is there for somebody", (sources) => Law.unreachable(sources, entries)],
  ["files are named after what they hold", Law.vagueNames],
]

/** Each breaks one rule, with words of the complaint. */
const breaches: ReadonlyArray<readonly [path: string, text: string, complaint: string]> = [
  ["src/domain/A.ts", 'import { x } from "../runtime/X.ts"', "domain must not import runtime"],
  ["src/runtime/A.ts", 'import type { X } from "../persistence/X.ts"', "runtime must not import persistence"],
  ["src/runtime/real/A.ts", 'await import("../../interchange/X.ts")', "runtime must not import interchange"],
  ["src/persistence/A.ts", 'import { x } from "../runtime/X.ts"', "persistence must not import runtime"],
  ["src/interchange/A.ts", 'export * from "../persistence/X.ts"', "interchange must not import persistence"],
  ["src/runtime/A.ts", 'import { x } from "../cli/X.ts"', "runtime must not import cli"],
  ["src/runtime/A.ts", 'import { x } from "../telemetry/X.ts"', "runtime must not import telemetry"],
  ["src/telemetry/A.ts", 'import { x } from "../http/X.ts"', "telemetry must not import http"],
  ["src/index.ts", 'import { x } from "./cli/X.ts"', "index.ts must not import cli"],
  ["src/cli/A.ts", 'import "../main.ts"', "cli must not import main.ts"],
  ["src/other/A.ts", 'import { x } from "../domain/X.ts"', "no folder of the layout"],
  ["src/domain/A.ts", 'import { readFileSync } from "node:fs"', "must not import node:fs"],
  ["src/domain/A.ts", 'import * as Effect from "effect/Effect"', "must not import effect/Effect"],
  ["src/domain/A.ts", 'import pg from "pg"', "must not import pg"],
  ["src/runtime/A.ts", 'import { Effect } from "effect"', "not all of it"],
  ["src/runtime/A.ts", 'import {\n  FileSystem,\n} from "@effect/platform"', "not all of it"],
  ["src/runtime/A.ts", 'import { x } from "./X"', "must end in .ts"],
  ["src/runtime/A.ts", 'import { x } from "./X.js"', "must end in .ts"],
  ["src/runtime/A.ts", 'import { x } from "./Nowhere.ts"', "is no file"],
  ["src/runtime/A.ts", "Effect.runPromise(work)", "in src/main.ts and by threads alone"],
  ["src/runtime/A.ts", "Runtime.runFork(runtime)(work)", "in src/main.ts and by threads alone"],
  ["src/runtime/A.ts", 'import { runSync } from "effect/Effect"', "in src/main.ts and by threads alone"],
  ["src/cli/A.ts", 'import { exec } from "node:child_process"', "as a shell command"],
  ["src/cli/A.ts", 'import { execSync, spawn } from "node:child_process"', "as a shell command"],
  ["src/cli/A.ts", 'spawn("psql", [name], { shell: true })', "as a shell command"],
  ["src/runtime/A.ts", "export const x = 1", "nothing leads to it"],
  ["src/runtime/real/utils.ts", "export const x = 1", "name the concept"],
  ["src/runtime/TestHelpers.ts", "export const x = 1", "name the concept"],
]

const honest: Sources = new Map([
  ["src/main.ts", 'import { x } from "./cli/X.ts"\nEffect.runPromiseExit(x)'],
  ["src/index.ts", 'export * as X from "./domain/X.ts"'],
  [
    "src/cli/X.ts",
    '// import "../main.ts"\nimport type { x } from "../runtime/X.ts"\nimport("../persistence/X.ts")',
  ],
  [
    "src/runtime/X.ts",
    'import * as Effect from "effect/Effect"\ntype R = typeof Effect.runPromiseExit\nstartWorker("Y", {})',
  ],
  [
    "src/runtime/Y.ts",
    '/** Effect.runSync(x) */\nconst text = "Effect.runSync(x)"\nimport { x } from "../domain/X.ts"',
  ],
  [
    "src/persistence/X.ts",
    'import { x } from "../domain/X.ts"\nimport * as m from "../../migrations/0001_x.ts"',
  ],
  ["src/domain/X.ts", 'import * as Data from "effect/Data"\nimport type * as Effect from "effect/Effect"'],
  ["migrations/0001_x.ts", "export const statements = []"],
])

const broken = (sources: Sources): ReadonlyArray<string> => rules.flatMap(([, rule]) => rule(sources))

describe("the structure of the sources", () => {
  const sources = readSources("src", "migrations")
  for (const [claim, rule] of rules) it(claim, () => expect(rule(sources)).toEqual([]))

  it("is judged by rules that find each breach and nothing else", () => {
    expect(broken(honest)).toEqual([])
    for (const [path, text, complaint] of breaches) {
      const found = broken(new Map([...honest, [path, text]])).filter((told) => told.startsWith(`${path}: `))
      expect(found.join("\n"), `${path}: ${text}`).toContain(complaint)
    }
  })

  it("keeps its exceptions few and alive", () => {
    for (const path of withoutEntry) expect(sources.has(path), path).toBe(true)
    expect(withoutEntry.length).toBeLessThanOrEqual(3)
  })
})
