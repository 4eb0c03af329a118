/**
 * Verify, replay and rebuild of a big run on a native Postgres, each as its command in a process of its own, bundled
 * as it is installed: time, events a second, and the most memory that the process had. The rebuild beside a bare COPY of the rows that it
 * wrote into tables of the same columns, keys and indexes, in the same round.
 * Run: tsx bench/analysis.ts [events] [machines] [rounds]
 */
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import * as Effect from "effect/Effect"
import pg from "pg"
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
}

/** A command's own time, from its start to its end, and memory. */
const command = (url: string, args: ReadonlyArray<string>): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const begun = performance.now()
    const words = ["--import", reportsMemory, program, ...args, "--database", url, "-q"]
    const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    child.stderr.on("data", (text: Buffer) => {
      said += text
    })
    child.once("close", (code) => {
      const memory = /maxRSS (\d+)/.exec(said)
      if (code !== 0 || memory === null)
        return reject(new Error(`${args.join(" ")} ended with ${code}: ${said}`))
      resolve({ seconds: (performance.now() - begun) / 1_000, memoryMb: Number(memory[1]) / 1_024 })
    })
  })

interface Table {
  readonly projection: string
  readonly name: string
  readonly rows: number
}

const tablesOf = async (client: pg.Client): Promise<ReadonlyArray<Table>> => {
  const { rows } = await client.query(
    "select projection, projection || '_g' || generation as name from lightcone.projections where current order by 1",
  )
  const tables: Array<Table> = []
  for (const { projection, name } of rows) {
    const counted = await client.query(`select count(*)::int as rows from lightcone.${name}`)
    tables.push({ projection, name, rows: counted.rows[0].rows })
  }
  return tables
}

/** Seconds that a bare COPY of all rows takes into an empty table of the same kind. */
const bareCopy = async (client: pg.Client, { name }: Table): Promise<number> => {
  const binary = "with (format binary)"
  const rows = await copy(client, `copy lightcone.${name} to stdout ${binary}`)
  await client.query(`create table lightcone.bare (like lightcone.${name} including all)`)
  const begun = performance.now()
  await copy(client, `copy lightcone.bare from stdin ${binary}`, rows)
  const seconds = (performance.now() - begun) / 1_000
  await client.query("drop table lightcone.bare")
  return seconds
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!

const line = (what: string, { seconds, memoryMb }: Measured, more = ""): void =>
  console.log(
    `  ${what.padEnd(18)} ${seconds.toFixed(1).padStart(6)} s  ${Math.round(events / seconds)
      .toString()
      .padStart(8)} events/s  ${memoryMb.toFixed(0).padStart(4)} MB${more}`,
  )

const { folder, program } = await bundleProgram()
const server = await startPostgres({
  settings: { fsync: "on", shared_buffers: "256MB", max_wal_size: "2GB" },
})
const client = new pg.Client({ connectionString: server.url })
await client.connect()
try {
  const { run } = await Effect.runPromise(BigRun.fill(server.url, { events, machines }))
  console.log(`${events} events, ${machines} machines, ${rounds} rounds`)
  line("verify", await command(server.url, ["verify", run]))
  line("replay", await command(server.url, ["replay", run]))
  line("project, at first", await command(server.url, ["project", "--once"]))
  const ratios: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const rebuilt = await command(server.url, ["project", "--rebuild"])
    const tables = await tablesOf(client)
    let bare = 0
    for (const table of tables) bare += await bareCopy(client, table)
    ratios.push(bare / rebuilt.seconds)
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    line(
      "project --rebuild",
      rebuilt,
      `, ${rows} rows; bare COPY ${bare.toFixed(1)} s: ${(bare / rebuilt.seconds).toFixed(2)} of it`,
    )
    if (round === 0)
      for (const { projection, rows: count } of tables) console.log(`    ${projection}: ${count} rows`)
  }
  console.log(`  rebuild, median: ${median(ratios).toFixed(2)} of a bare COPY`)
} finally {
  await client.end()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
