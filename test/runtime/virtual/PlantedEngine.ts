/** The virtual engine with a bug put into it on purpose, from test/planted, to see that it is found. */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Engines } from "./Swarm.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const patches = join(root, "test", "planted")

/** Those of a kind: `virtual`, `workload`. */
export const plantedOf = (kind: string): ReadonlyArray<string> =>
  readdirSync(join(patches, kind))
    .filter((file) => file.endsWith(".patch"))
    .map((file) => file.slice(0, -".patch".length))

export const planted = plantedOf("virtual")

/** Within the project, where packages are found; gone once it is disposed of. */
export const plantedEngines = async (name: string, kind = "virtual") => {
  const copy = join(root, ".test-program", `planted-${kind}-${name}-${process.pid}`)
  mkdirSync(copy, { recursive: true })
  for (const part of [join("src", "domain"), join("src", "runtime")])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  const patch = join(patches, kind, `${name}.patch`)
  execFileSync("patch", ["-p1", "-s", "--no-backup-if-mismatch", "-i", patch], { cwd: copy })
  const of = (module: string) => import(/* @vite-ignore */ join(copy, "src", "runtime", "virtual", module))
  const [engine, { make: modelled }, { turns }] = await Promise.all(
    ["Engine.ts", "ModelledLoop.ts", "VirtualRun.ts"].map(of),
  )
  const engines: Engines = { recordsOf: engine.recordsOf, modelled, turns }
  return { engines, [Symbol.dispose]: () => rmSync(copy, { recursive: true }) }
}
