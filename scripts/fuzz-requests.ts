/**
 * Requests that nobody would send, half of them to the handler in this process and half to `lightcone serve`: no answer
 * may be a failure of ours, take long, or write anything, and each that refuses must say what is wrong.
 * Run: tsx scripts/fuzz-requests.ts [REQUESTS 100000] [SEED]
 */
import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import pg from "pg"
import { make } from "../src/handler.ts"
import { answered, fuzz, holdings } from "../test/http/RequestFuzz.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import { freePort } from "../test/support/Unprivileged.ts"

const requests = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000_000))
console.log(`fuzz-requests: seed ${seed}; again with: npx tsx scripts/fuzz-requests.ts ${requests} ${seed}`)
const token = "t"
/** What an instance may have grown by once it has seen a tenth of the requests, megabytes. */
const mostGrowthMB = 150

const server = await startPostgres()
const { folder, program } = await bundleProgram()
const client = new pg.Client({ connectionString: server.url })
await client.connect()
const env = { ...process.env, LIGHTCONE_DATABASE_URL: server.url, LIGHTCONE_TOKEN: token }
process.env.LIGHTCONE_DATABASE_URL = server.url
const port = await freePort()

const made = spawn(
  process.execPath,
  [program, "run", "--virtual", "--seed", "3", "--duration", "10s", "-q", "--json"],
  { env, stdio: "ignore" },
)
await new Promise((resolve) => made.once("close", resolve))
const serving = spawn(process.execPath, [program, "serve", "--no-work", "--port", String(port)], { env })
await new Promise((resolve) =>
  serving.stderr.on("data", (text) => String(text).includes("Ctrl-C") && resolve(undefined)),
)
const held = () => holdings(async (text) => (await client.query(text)).rows)
const pages = (pid: number | "self"): number =>
  Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
/** Resident, of this process with its handler and of the one that serves; undefined where the system does not tell. */
const residentMB = (): ReadonlyArray<number> =>
  existsSync("/proc/self/statm")
    ? (["self", serving.pid!] as const).map((pid) => (pages(pid) * 4_096) / 1_000_000)
    : []

const { fetch: inProcess, dispose } = make({ token })
const next = fuzz(seed)
const statuses = new Map<number, number>()
const complaints: Array<string> = []
let slowestMs = 0
let warmMB: ReadonlyArray<number> = []
const before = await held()
const began = performance.now()
for (let i = 0; i < requests; i++) {
  const fuzzed = next(token)
  const begun = performance.now()
  const over = i % 2 === 0 ? inProcess : fetch
  const base = i % 2 === 0 ? "http://localhost" : `http://127.0.0.1:${port}`
  const { status, complaint } = await answered(
    fuzzed,
    Promise.resolve().then(() => over(new Request(`${base}${fuzzed.path}`, fuzzed.init))),
  )
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
  if (complaint !== undefined) complaints.push(complaint)
  slowestMs = Math.max(slowestMs, performance.now() - begun)
  if (i === Math.floor(requests / 10)) warmMB = residentMB()
}
const grownMB = residentMB().map((now, i) => now - warmMB[i]!)
for (const [i, grown] of grownMB.entries())
  if (grown > mostGrowthMB)
    complaints.push(
      `${i === 0 ? "this process" : "serve"} grew by ${grown.toFixed(0)} MB in what followed the first tenth`,
    )
if ((await held()) !== before) complaints.push("something was written")
const seconds = (performance.now() - began) / 1_000
for (const one of complaints.slice(0, 30)) console.log(one)
const told = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} of ${status}`)
console.log(
  `${requests} requests in ${seconds.toFixed(0)} s, the slowest ${slowestMs.toFixed(0)} ms: ${told.join(", ")}; ${complaints.length} complaints; resident ${residentMB()
    .map((now) => now.toFixed(0))
    .join(
      " and ",
    )} MB, grown by ${grownMB.map((grown) => grown.toFixed(0)).join(" and ")} since the first tenth`,
)
serving.kill("SIGKILL")
await dispose()
await client.end()
await server.stop()
rmSync(folder, { recursive: true, force: true })
process.exitCode = complaints.length === 0 ? 0 : 1
