/**
 * A big run out of a native Postgres in every format, each as its command in a process of its own, bundled as it is
 * installed: time, events a second, and the most memory that the process had.
 * Run: tsx bench/interchange.ts [events] [machines] [rounds]
 */
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import * as Effect from "effect/Effect"
import { formats } from "../src/interchange/export/Formats.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import * as BigRun from "./BigRun.ts"

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

const { folder, program } = await bundleProgram()
const server = await startPostgres({ settings: { shared_buffers: "256MB", max_wal_size: "2GB" } })
try {
  const { run } = await Effect.runPromise(BigRun.fill(server.url, { events, machines }))
  console.log(`${events} events, ${machines} machines, ${rounds} rounds`)
  for (let round = 0; round < rounds; round++)
    for (const { name } of formats)
      line(`export ${name}`, await command(server.url, ["export", run, "--format", name]))
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
