/** The virtual engine with a bug put into it on purpose, from test/planted/virtual, to see that the swarm finds it. */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Engines } from "./Swarm.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const patches = join(root, "test", "planted", "virtual")

export const planted = readdirSync(patches)
  .filter((file) => file.endsWith(".patch"))
  .map((file) => file.slice(0, -".patch".length))

/** Within the project, where packages are found; gone once it is disposed of. */
export const plantedEngines = async (name: string) => {
  const copy = join(root, ".test-program", `planted-virtual-${name}-${process.pid}`)
  mkdirSync(copy, { recursive: true })
  for (const part of [join("src", "domain"), join("src", "runtime")])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  const patch = join(patches, `${name}.patch`)
  execFileSync("patch", ["-p1", "-s", "--no-backup-if-mismatch", "-i", patch], { cwd: copy })
  const of = (module: string) => import(/* @vite-ignore */ join(copy, "src", "runtime", "virtual", module))
  const [engine, { make: modelled }, { turns }] = await Promise.all(
    ["Engine.ts", "ModelledLoop.ts", "VirtualRun.ts"].map(of),
  )
  const engines: Engines = { recordsOf: engine.recordsOf, modelled, turns }
  return { engines, [Symbol.dispose]: () => rmSync(copy, { recursive: true }) }
}
