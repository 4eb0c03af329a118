/**
 * Requests that nobody would send, half of them to the handler in this process and half to `lightcone serve`: no answer
 * may be a failure of ours, take long, or write anything, and each that refuses must say what is wrong.
 * Run: tsx scripts/fuzz-requests.ts [REQUESTS 100000] [SEED]
 */
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import pg from "pg"
import { make } from "../src/handler.ts"
import { complaint, fuzz } from "../test/http/RequestFuzz.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import { freePort } from "../test/support/Unprivileged.ts"

const requests = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000_000))
console.log(`fuzz-requests: seed ${seed}; again with: npx tsx scripts/fuzz-requests.ts ${requests} ${seed}`)
const token = "t"
const limitMs = 10_000

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
const held = async (): Promise<string> =>
  JSON.stringify(
    (
      await client.query(
        "select (select count(*) from lightcone.log) as events, (select json_agg(h order by run_key)::text from lightcone.run_heads h) as heads",
      )
    ).rows,
  )

const { fetch: inProcess, dispose } = make({ token })
const next = fuzz(seed)
const statuses = new Map<number, number>()
const complaints: Array<string> = []
let slowestMs = 0
const before = await held()
const began = performance.now()
for (let i = 0; i < requests; i++) {
  const fuzzed = next(token)
  const begun = performance.now()
  const over = i % 2 === 0 ? inProcess : fetch
  const base = i % 2 === 0 ? "http://localhost" : `http://127.0.0.1:${port}`
  try {
    const asked = new Request(`${base}${fuzzed.path}`, {
      ...fuzzed.init,
      signal: AbortSignal.timeout(limitMs),
    })
    const response = await over(asked)
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    const found = await complaint(fuzzed, response)
    if (found !== undefined) complaints.push(found)
  } catch (error) {
    complaints.push(`${fuzzed.init.method} ${fuzzed.path}: ${error}`)
  }
  slowestMs = Math.max(slowestMs, performance.now() - begun)
}
if ((await held()) !== before) complaints.push("something was written")
const seconds = (performance.now() - began) / 1_000
for (const one of complaints.slice(0, 30)) console.log(one)
const told = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} of ${status}`)
console.log(
  `${requests} requests in ${seconds.toFixed(0)} s, the slowest ${slowestMs.toFixed(0)} ms: ${told.join(", ")}; ${complaints.length} complaints; ${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MB at most here`,
)
serving.kill("SIGKILL")
await dispose()
await client.end()
await server.stop()
rmSync(folder, { recursive: true, force: true })
process.exitCode = complaints.length === 0 ? 0 : 1
