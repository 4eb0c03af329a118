/**
 * A big run out of a native Postgres in every format, and back in by those that can be read, each as its command in a
 * process of its own, bundled as it is installed: time, events a second, and the most memory that the process had.
 * Run: tsx bench/interchange.ts [events] [machines] [rounds]
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import pg from "pg"
import { formats } from "../src/interchange/export/Formats.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import * as BigRun from "./BigRun.ts"
import { copy } from "./CopyQuery.ts"

const [events, machines, rounds] = [1_000_000, 3, 3].map((standard, i) =>
  Number(process.argv[2 + i] ?? standard),
) as [number, number, number]

const reportsMemory = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxRSS "+process.resourceUsage().maxRSS+"\\n"))`

interface Measured {
  readonly seconds: number
  readonly memoryMb: number
  readonly bytes: number
}

/** A command's own time, from its start to its end, memory, and what it wrote into a pipe. */
const command = (url: string, args: ReadonlyArray<string>): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const begun = performance.now()
    const words = ["--import", reportsMemory, program, ...args, "--database", url, "-q"]
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] })
    let [bytes, said] = [0, ""]
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length
    })
    child.stderr.on("data", (text: Buffer) => {
      said += text
    })
    child.once("close", (code) => {
      const memory = /maxRSS (\d+)/.exec(said)
      if (code !== 0 || memory === null)
        return reject(new Error(`${args.join(" ")} ended with ${code}: ${said}`))
      resolve({
        seconds: (performance.now() - begun) / 1_000,
        memoryMb: Number(memory[1]) / 1_024,
        bytes,
      })
    })
  })

const line = (what: string, { seconds, memoryMb, bytes }: Measured): void =>
  console.log(
    `  ${what.padEnd(18)} ${seconds.toFixed(1).padStart(6)} s  ${Math.round(events / seconds)
      .toString()
      .padStart(
        8,
      )} events/s  ${memoryMb.toFixed(0).padStart(4)} MB  ${(bytes / events).toFixed(0)} bytes an event`,
  )

/** The same run as somebody else's log: without its first line it is no whole run of ours. */
const window = async (from: string, to: string): Promise<void> => {
  const out = createWriteStream(to)
  let first = true
  for await (const text of createInterface({ input: createReadStream(from) })) {
    if (!first && !out.write(`${text}\n`)) await once(out, "drain")
    first = false
  }
  out.end()
  await once(out, "finish")
}

/** Seconds that the log alone takes to leave the database. */
const bareCopy = async (url: string): Promise<number> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const begun = performance.now()
  await copy(client, "copy lightcone.log to stdout with (format binary)")
  const seconds = (performance.now() - begun) / 1_000
  await client.end()
  return seconds
}

const { folder, program } = await bundleProgram()
const files = mkdtempSync(join(tmpdir(), "lightcone-interchange-"))
const server = await startPostgres({ settings: { shared_buffers: "256MB", max_wal_size: "2GB" } })
try {
  const { run } = await Effect.runPromise(BigRun.fill(server.url, { events, machines }))
  // Whoever opens the store first makes the projections of what is in it, which is no part of an import.
  await command(server.url, ["project", "--rebuild"])
  console.log(`${events} events, ${machines} machines, ${rounds} rounds`)
  for (let round = 0; round < rounds; round++) {
    const seconds = await bareCopy(server.url)
    console.log(`  bare COPY          ${seconds.toFixed(1).padStart(6)} s`)
    for (const { name } of formats)
      line(`export ${name}`, await command(server.url, ["export", run, "--format", name]))
  }
  const read = ["jsonl", "csv", "shiviz", "otlp"].map((name) => ({ name, file: join(files, `run.${name}`) }))
  for (const { name, file } of read)
    await command(server.url, ["export", run, "--format", name, "--out", file, "--force"])
  await window(join(files, "run.jsonl"), join(files, "window.jsonl"))
  for (let round = 0; round < rounds; round++) {
    for (const { name, file } of read) line(`import ${name}`, await command(server.url, ["import", file]))
    line("import lines, foreign", await command(server.url, ["import", join(files, "window.jsonl")]))
  }
} finally {
  await server.stop()
  for (const made of [folder, files]) rmSync(made, { recursive: true, force: true })
}
