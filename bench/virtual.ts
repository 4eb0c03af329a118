/**
 * Events a second of the virtual engine, beside a bare C++ program of the same model where a compiler is found; each
 * the best of some rounds, one after the other. Neither stores nor digests anything.
 * Run: tsx bench/virtual.ts [million events a size]
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as EventLoop from "../src/runtime/virtual/EventLoop.ts"
import { findProgram } from "../test/support/Programs.ts"

const millions = Number(process.argv[2] ?? 10)
const rounds = 3
const meanRate = 3.5
const sizes = [3, 1_000, 100_000, 1_000_000]

const ours = (machines: number, seconds: number): number => {
  const config: RunConfig.RunConfig = {
    ...RunConfig.virtualDefaults,
    machines,
    equalRates: true,
    durationUs: Math.round(seconds * 1e6),
  }
  const loop = EventLoop.make(config)
  let blocks = 0
  const begun = performance.now()
  for (let records = loop.next(); records.length > 0; records = loop.next()) blocks += records.length / 64
  return blocks / ((performance.now() - begun) * 1_000)
}

const compiled = (folder: string): ((machines: number, seconds: number) => number) | undefined => {
  const compiler = findProgram("g++", "clang++")
  if (compiler === undefined) return undefined
  const [source, program] = [
    fileURLToPath(new URL("baseline/scale_model.cpp", import.meta.url)),
    join(folder, "model"),
  ]
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
  console.log("machines  million events/s  C++     ratio  memory, MB")
  for (const machines of sizes) {
    const seconds = Math.min((millions * 1e6) / (machines * meanRate), 600_000)
    const best = { ours: 0, baseline: 0 }
    for (let round = 0; round < rounds; round++) {
      best.ours = Math.max(best.ours, ours(machines, seconds))
      if (baseline !== undefined) best.baseline = Math.max(best.baseline, baseline(machines, seconds))
    }
    const memory = Math.round(process.memoryUsage().rss / 1e6)
    const beside =
      baseline === undefined
        ? "-       -    "
        : `${best.baseline.toFixed(1).padEnd(6)}  ${(best.ours / best.baseline).toFixed(2).padEnd(5)}`
    console.log(`${String(machines).padEnd(8)}  ${best.ours.toFixed(2).padEnd(16)}  ${beside}  ${memory}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
