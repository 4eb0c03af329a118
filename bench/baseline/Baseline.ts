/** The same model outside of Lightcone: C++ where a compiler is found, SimPy where a Python has it. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { findProgram } from "../../test/support/Programs.ts"

/** Events a second that so many machines make in so many seconds of their time. */
export type Baseline = (machines: number, seconds: number) => number

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const speedOf = (program: string, words: ReadonlyArray<string>): number => {
  const [events, seconds] = execFileSync(program, words, { encoding: "utf8" }).split(" ").map(Number)
  return events! / seconds!
}

/** Compiled for as long as it is used; undefined without a compiler. */
export const withCompiled = async <A>(use: (compiled: Baseline | undefined) => Promise<A>): Promise<A> => {
  const compiler = findProgram("g++", "clang++", "c++")
  if (compiler === undefined) return use(undefined)
  const folder = mkdtempSync(join(tmpdir(), "lightcone-baseline-"))
  try {
    const program = join(folder, "model")
    execFileSync(compiler, ["-O2", "-std=c++17", "-o", program, file("scale_model.cpp")])
    return await use((machines, seconds) => speedOf(program, [`${machines}`, `${seconds}`]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const noCompiler = "no C++ compiler is found"

const hasSimPy = (python: string): boolean => {
  try {
    const either = "try:\n import simpy\nexcept ImportError:\n import SimPy.Simulation"
    execFileSync(python, ["-c", either], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Undefined where no Python has it; a distribution's own Python may, where another comes first. */
export const simPy = (): Baseline | undefined => {
  const python = [findProgram("python3"), "/usr/bin/python3"].find(
    (found) => found !== undefined && hasSimPy(found),
  )
  if (python === undefined) return undefined
  return (machines, seconds) => speedOf(python, [file("scale_model.py"), `${machines}`, `${seconds}`])
}

export const noSimPy = "no Python has SimPy"
