/**
 * All figures, one after the other, each in a process of its own: a table, and on request JSON and a chart.
 * Run: npm run bench -- [FIGURE...] [--quick] [--json FILE] [--chart FILE]
 */
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus, totalmem } from "node:os"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { chart } from "./Chart.ts"
import { note, type Row } from "./Figure.ts"
import { table } from "./Table.ts"

const figures = [
  "durable",
  "ticks",
  "virtual",
  "unstored",
  "stored",
  "rebuild",
  "memory",
  "handler",
  "page",
  "installed",
  "storage",
  "startup",
]

const measured = (name: string, quick: boolean): Promise<ReadonlyArray<Row>> =>
  new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
    const words = ["--import", "tsx", file, "--json", ...(quick ? ["--quick"] : [])]
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] })
    const output: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk))
    child.once("error", reject)
    child.once("close", (code) =>
      code === 0
        ? resolve(JSON.parse(Buffer.concat(output).toString("utf8")))
        : reject(new Error(`figure ${name} ended with ${code}`)),
    )
  })

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, json: { type: "string" }, chart: { type: "string" } },
})
const unknown = positionals.filter((name) => !figures.includes(name))
if (unknown.length > 0) {
  note(`Cannot measure ${unknown.join(", ")}: a figure must be one of ${figures.join(", ")}`)
  process.exit(2)
}

const quick = options.quick === true
for (const file of [options.json, options.chart])
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true })
const rows: Array<Row> = []
const failed: Array<string> = []
const result = {
  date: new Date().toISOString(),
  quick,
  machine: {
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
  },
  rows,
}
for (const name of positionals.length > 0 ? positionals : figures) {
  note(`${name}:`)
  try {
    rows.push(...(await measured(name, quick)))
  } catch (error) {
    note((error as Error).message)
    failed.push(name)
  }
  // After each, so that what was measured is there even if the rest is interrupted.
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`)
}
if (options.chart !== undefined) writeFileSync(options.chart, chart(rows))
process.stdout.write(table(rows))
if (failed.length > 0) process.exitCode = 70
