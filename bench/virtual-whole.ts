/**
 * Events a second of the whole of `run --virtual --no-store`: made, verified, summed up and digested, in a process of its
 * own, its start included; and of the same work inside this one, without a start. Beside them a bare C++ program of the
 * same model, which does nothing but make events, where a compiler is found.
 * Run: tsx bench/virtual-whole.ts [million events a size]
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import * as Examination from "../src/cli/Examination.ts"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as EventLoop from "../src/runtime/virtual/EventLoop.ts"
import { findProgram } from "../test/support/Programs.ts"

const millions = Number(process.argv[2] ?? 20)
const rounds = 3
const meanRate = 3.5
const sizes = [3, 1_000, 100_000, 1_000_000]
/** Seven days is the longest run. */
const mostSeconds = 604_800

const root = fileURLToPath(new URL("..", import.meta.url))

interface Measured {
  readonly perSecond: number
  readonly megabytes: number
}

const command = (machines: number, seconds: number): Measured => {
  const asked = ["--machines", machines, "--duration", `${seconds}s`, "--seed", 0, "--equal-rates"].map(
    String,
  )
  const begun = performance.now()
  const printed = execFileSync(
    join(root, "node_modules/.bin/tsx"),
    [join(root, "src/main.ts"), "run", "--virtual", "--no-store", "--quiet", ...asked],
    { cwd: root, encoding: "utf8" },
  )
  const took = performance.now() - begun
  const events = /^a run, (\d+) events/m.exec(printed)?.[1]
  const memory = /^memory +(\d+) MB/m.exec(printed)?.[1]
  if (events === undefined || memory === undefined || !/^verified:/m.test(printed))
    throw new Error(`The run was not verified: ${printed}`)
  return { perSecond: Number(events) / took / 1_000, megabytes: Number(memory) }
}

const inside = async (machines: number, seconds: number): Promise<number> => {
  const config = { ...RunConfig.virtualDefaults, machines, equalRates: true, durationUs: seconds * 1_000_000 }
  const examination = await Examination.make(config, 0)
  try {
    const loop = EventLoop.make(config)
    const begun = performance.now()
    let blocks = 0
    for (let records = loop.next(); records.length > 0; records = loop.next()) {
      blocks += records.length / 64
      await examination.write(records)
      await turn()
    }
    const { failure } = await examination.finish()
    if (failure !== undefined) throw new Error(`The run does not hold: ${JSON.stringify(failure)}`)
    return blocks / (performance.now() - begun) / 1_000
  } finally {
    await examination.close()
  }
}

const compiled = (folder: string): ((machines: number, seconds: number) => number) | undefined => {
  const compiler = findProgram("g++", "clang++")
  if (compiler === undefined) return undefined
  const source = fileURLToPath(new URL("baseline/scale_model.cpp", import.meta.url))
  const program = join(folder, "model")
  execFileSync(compiler, ["-O2", "-std=c++17", "-o", program, source])
  return (machines, seconds) => {
    const [events, took] = execFileSync(program, [String(machines), String(seconds)], {
      encoding: "utf8",
    }).split(" ")
    return Number(events) / Number(took) / 1e6
  }
}

const folder = mkdtempSync(join(tmpdir(), "lightcone-bench-"))
try {
  const baseline = compiled(folder)
  if (baseline === undefined) console.log("no C++ compiler is found: the baseline is left out")
  console.log("million events/s\nmachines  inside  command  C++     inside/C++  memory of the command, MB")
  for (const machines of sizes) {
    const seconds = Math.max(1, Math.min(Math.round((millions * 1e6) / (machines * meanRate)), mostSeconds))
    const best = { inside: 0, command: 0, baseline: 0, megabytes: 0 }
    for (let round = 0; round < rounds; round++) {
      best.inside = Math.max(best.inside, await inside(machines, seconds))
      const { perSecond, megabytes } = command(machines, seconds)
      best.command = Math.max(best.command, perSecond)
      best.megabytes = Math.max(best.megabytes, megabytes)
      if (baseline !== undefined) best.baseline = Math.max(best.baseline, baseline(machines, seconds))
    }
    const beside = baseline === undefined ? "-" : best.baseline.toFixed(1)
    const ratio = baseline === undefined ? "-" : (best.inside / best.baseline).toFixed(2)
    console.log(
      [
        String(machines).padEnd(8),
        best.inside.toFixed(2).padEnd(6),
        best.command.toFixed(2).padEnd(7),
        beside.padEnd(6),
        ratio.padEnd(10),
        best.megabytes,
      ].join("  "),
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
