/**
 * The fetch handler: from its import to its first answer out of a native Postgres; and how many pages a second it
 * serves of a run of 100,000 events, beside a bare `pg` query of the same rows behind `node:http`.
 * Run: tsx bench/handler.ts [--quick]
 */
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import * as http from "node:http"
import { dirname, join } from "node:path"
import { freePort } from "../test/support/Unprivileged.ts"
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, row } from "./Figure.ts"
import { withNative } from "./Native.ts"
import { node } from "./Process.ts"
import { ready } from "./Ready.ts"
import { taken } from "./Rounds.ts"

const name = "handler"
const connections = 16
const rows = 100

/** Imports the handler and asks it, in a process of its own; prints how long that took, milliseconds. */
const coldScript = (handler: string, run: string) => `
const begun = performance.now()
const { default: { fetch } } = await import(${JSON.stringify(handler)})
const response = await fetch(new Request("http://localhost/runs/${run}/events?limit=${rows}"))
const { events } = await response.json()
if (events.length !== ${rows}) throw new Error("answered by " + response.status)
console.log(performance.now() - begun)
process.exit(0)
`

/** The least that could answer: `pg`, a connection, the same rows. */
const bareColdScript = (url: string, run: string) => `
const begun = performance.now()
const { default: pg } = await import("pg")
const client = new pg.Client({ connectionString: ${JSON.stringify(url)} })
await client.connect()
const { rows } = await client.query("select l.* from lightcone.log l join lightcone.run_heads using (run_key) where run_id = '${run}' and position <= ${rows} order by position")
JSON.stringify(rows)
console.log(performance.now() - begun)
process.exit(0)
`

/** The same rows by a query, as JSON, and nothing else. */
const bareScript = (url: string, run: string, port: number) => `
import { createServer } from "node:http"
import pg from "pg"
const pool = new pg.Pool({ connectionString: ${JSON.stringify(url)}, max: 4 })
const key = (await pool.query("select run_key from lightcone.run_heads where run_id = '${run}'")).rows[0].run_key
const { generation } = (await pool.query("select generation from lightcone.projections where projection = 'clock_history' and current")).rows[0]
const queries = {
  events: ["select * from lightcone.log where run_key = $1 and position / 64 between $2::integer / 64 and ($2::integer + ${rows}) / 64 and position > $2 and position <= $2::integer + ${rows} order by position", (at) => [key, at]],
  clock_history: ["select * from lightcone.clock_history_g" + generation + " where run_key = $1 and (machine, version) > (1, $2::integer) order by machine, version limit ${rows}", (at) => [key, at]],
}
createServer(async (request, response) => {
  const [, what, at] = request.url.split("/")
  const [text, values] = queries[what]
  const { rows } = await pool.query(text, values(Number(at)))
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ rows }))
}).listen(${port}, "127.0.0.1", () => console.error("Ctrl-C"))
`

interface Load {
  readonly perSecond: number
  readonly p99Ms: number
}

/** As many requests as come back in so many seconds, a few at a time; each for another page. */
const load = async (url: (at: number) => string, seconds: number): Promise<Load> => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const latenciesMs: Array<number> = []
  const began = performance.now()
  const ask = (at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const begun = performance.now()
      http
        .get(url(at), { agent }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`answered by ${response.statusCode}`))
          response.resume().once("end", () => {
            latenciesMs.push(performance.now() - begun)
            resolve()
          })
        })
        .once("error", reject)
    })
  const asking = async (first: number): Promise<void> => {
    for (let at = first; performance.now() - began < seconds * 1_000; at += 7_919) await ask(at % 20_000)
  }
  await Promise.all(Array.from({ length: connections }, (_, i) => asking(i * 1_000)))
  agent.destroy()
  latenciesMs.sort((a, b) => a - b)
  return {
    perSecond: latenciesMs.length / ((performance.now() - began) / 1_000),
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)]!,
  }
}

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withProgram((command, program) =>
      withNative(async ({ server }) => {
        const database = ["--database", server.url]
        note("a run of 100,000 events")
        const words = ["run", "--virtual", "--machines", "4", "--equal-rates", "--rate-range", "6..6"]
        const { stdout } = await command([
          ...words,
          "--duration",
          "4170s",
          "--seed",
          "1",
          "--json",
          "-q",
          ...database,
        ])
        const { run } = JSON.parse(stdout)

        note("cold")
        const cold = join(dirname(program), "cold.mjs")
        writeFileSync(cold, coldScript(join(dirname(program), "handler.js"), run))
        const bareCold = join(dirname(program), "bare-cold.mjs")
        writeFileSync(bareCold, bareColdScript(server.url, run))
        const secondsOf = async (script: string): Promise<number> =>
          Number((await node([script], { LIGHTCONE_DATABASE_URL: server.url })).stdout) / 1_000
        const colds = await taken(quick ? 1 : 7, async () => ({
          ours: await secondsOf(cold),
          reference: await secondsOf(bareCold),
        }))

        const [ourPort, barePort] = [await freePort(), await freePort()]
        const bare = join(dirname(program), "bare.mjs")
        writeFileSync(bare, bareScript(server.url, run, barePort))
        const served = [
          spawn(process.execPath, [program, "serve", "--no-work", "--port", String(ourPort), ...database]),
          spawn(process.execPath, [bare]),
        ]
        try {
          await Promise.all(served.map(ready))
          const seconds = quick ? 1 : 5
          const pages = async (what: string, ours: (at: number) => string, reference: string) => {
            note(what)
            const latencies = { ours: [] as Array<number>, reference: [] as Array<number> }
            const found = await taken(quick ? 1 : 5, async () => {
              const our = await load((at) => `http://127.0.0.1:${ourPort}/runs/${run}/${ours(at)}`, seconds)
              const their = await load((at) => `http://127.0.0.1:${barePort}/${reference}/${at}`, seconds)
              latencies.ours.push(our.p99Ms)
              latencies.reference.push(their.p99Ms)
              return { ours: our.perSecond, reference: their.perSecond }
            })
            const median = (values: Array<number>) => values.sort((a, b) => a - b)[values.length >> 1]!
            return row(name, {
              what,
              unit: "requests/s",
              measured: found.ours,
              reference: { what: "bare pg behind node:http", value: found.reference, ratio: found.ratio },
              target: { value: 0.3, of: "ratio", bound: "at least" },
              beside: { "p99, ms": median(latencies.ours), "bare p99, ms": median(latencies.reference) },
            })
          }
          const cursor = (at: number) => Buffer.from(JSON.stringify([1, at])).toString("base64url")
          return [
            row(name, {
              what: "handler, cold: import to first answer from Postgres",
              unit: "s",
              measured: colds.ours,
              reference: { what: "pg alone", value: colds.reference, ratio: colds.ratio },
              target: { value: 0.5, of: "measured", bound: "at most" },
            }),
            await pages(`a page of ${rows} events`, (at) => `events?limit=${rows}&after=${at}`, "events"),
            await pages(
              `a page of ${rows} rows of a projection`,
              (at) => `projections/clock_history?limit=${rows}&after=${cursor(at)}`,
              "clock_history",
            ),
          ]
        } finally {
          for (const child of served) child.kill("SIGKILL")
        }
      }),
    ),
}

await alone(import.meta.url, figure)
