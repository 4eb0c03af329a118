/**
 * The virtual engine with a bug put into it on purpose, to see that it is found: from test/planted/virtual by the swarm,
 * from test/planted/workload by what a protocol promises, from test/planted/delivery by what an order of delivery does;
 * or into what forks are made by, from test/planted/forks.
 */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type * as Divergence from "../../../src/domain/Divergence.ts"
import type * as Fork from "../../../src/domain/Fork.ts"
import type { Engines } from "./Swarm.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const patches = join(root, "test", "planted")

type Folder = "virtual" | "delivery" | "forks" | "workload"

export const plantedIn = (folder: Folder): ReadonlyArray<string> =>
  readdirSync(join(patches, folder))
    .filter((file) => file.endsWith(".patch"))
    .map((file) => file.slice(0, -".patch".length))

/** Within the project, where packages are found; gone once it is disposed of. */
export const plantedEngines = async (folder: Folder, name: string) => {
  const copy = join(root, ".test-program", `planted-${folder}-${name}-${process.pid}`)
  mkdirSync(copy, { recursive: true })
  for (const part of [join("src", "domain"), join("src", "runtime")])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  const patch = join(patches, folder, `${name}.patch`)
  execFileSync("patch", ["-p1", "-s", "--no-backup-if-mismatch", "-i", patch], { cwd: copy })
  const of = (module: string) => import(/* @vite-ignore */ join(copy, "src", "runtime", "virtual", module))
  const ofDomain = (module: string) => import(/* @vite-ignore */ join(copy, "src", "domain", module))
  const [engine, { make: modelled }, { turns }] = await Promise.all(
    ["Engine.ts", "ModelledLoop.ts", "VirtualRun.ts"].map(of),
  )
  const engines: Engines = { recordsOf: engine.recordsOf, modelled, turns }
  const fork: typeof Fork = await ofDomain("Fork.ts")
  const divergence: typeof Divergence = await ofDomain("Divergence.ts")
  return { engines, fork, divergence, [Symbol.dispose]: () => rmSync(copy, { recursive: true }) }
}
