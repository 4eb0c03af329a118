/** The program with a bug that was put into it on purpose, to see that the campaign finds it. */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Program } from "../support/Program.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const patches = join(root, "test", "planted")

export const planted = (): ReadonlyArray<string> =>
  readdirSync(patches)
    .filter((file) => file.endsWith(".patch"))
    .map((file) => file.slice(0, -".patch".length))

/** A copy of the sources with the patch applied; within the project, where packages are found. */
const copyWith = (name: string): string => {
  const copy = join(root, ".test-program", `planted-${name}-${process.pid}`)
  mkdirSync(copy, { recursive: true })
  for (const part of ["src", "migrations", "scripts", "web", "template", "package.json", "tsconfig.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  execFileSync("patch", ["-p1", "--no-backup-if-mismatch", "-i", join(patches, `${name}.patch`)], {
    cwd: copy,
  })
  return copy
}

export const plantedProgram = async (name: string): Promise<Program> => {
  if (!planted().includes(name))
    throw new Error(`Cannot plant ${name}: it must be one of ${planted().join(", ")}`)
  const folder = copyWith(name)
  const bundle = join(folder, "scripts", "bundle.mjs")
  const { commandLine, reportPage } = await import(bundle)
  const out = join(folder, ".program")
  await Promise.all([commandLine(folder, out), reportPage(folder, out)])
  return { folder, program: join(out, "lightcone.js") }
}
