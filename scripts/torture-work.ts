/**
 * Two workers carry out requested runs, virtual and real, while they are killed (kill -9) at random, mostly inside a
 * claim. In the end each run must have been carried out once, and be verified; a virtual one must have the digest of the
 * same configuration run at once, without a store.
 * Run: tsx scripts/torture-work.ts [RUNS 100] [KILLS 30] [SEED]
 */
import { type ChildProcess, spawn } from "node:child_process"
import { rmSync } from "node:fs"
import pg from "pg"
import * as Random from "../src/domain/Random.ts"
import { make } from "../src/handler.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"

const [runs = 100, kills = 30, seed = Math.floor(Math.random() * 1e9)] = process.argv.slice(2).map(Number)
const say = (text: string): void => void process.stdout.write(`${text}\n`)
say(`torture-work: seed ${seed}; again with: npx tsx scripts/torture-work.ts ${runs} ${kills} ${seed}`)

const draw = Random.draws(seed, Random.Purpose.configuration, 1)
const below = (n: number): number => Random.below(draw(), n)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const server = await startPostgres({})
const { folder, program } = await bundleProgram()
const client = new pg.Client({ connectionString: server.url })
await client.connect()
process.env.LIGHTCONE_DATABASE_URL = server.url

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once("close", resolve))
const command = async (...words: ReadonlyArray<string>): Promise<number | null> =>
  ended(spawn(process.execPath, [program, ...words, "-q"], { stdio: "ignore", env: process.env }))

/** The digest that a command's JSON has. */
const digestBy = async (...words: ReadonlyArray<string>): Promise<string> => {
  const child = spawn(process.execPath, [program, ...words, "--json", "-q"], {
    stdio: ["ignore", "pipe", "ignore"],
  })
  let text = ""
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part
  })
  const code = await ended(child)
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`)
  return (JSON.parse(text) as { digest: string }).digest
}

const virtualWords =
  "--virtual --no-store --machines 50 --duration 600s --equal-rates --rate-range 6..6".split(" ")

const count = async (text: string, values: ReadonlyArray<unknown> = []): Promise<number> =>
  (await client.query(text, [...values])).rows[0].count

const worker = (): ChildProcess =>
  spawn(process.execPath, [program, "work", "--poll", "50ms", "-q"], { stdio: "ignore", env: process.env })

/** Those whose process writes a run at this moment, by the record of the store. */
const inside = (pid: number) =>
  count(
    `select count(*)::int from lightcone.run_heads
     where owner like $1 and lease_until > clock_timestamp() and request_open and head > 1`,
    [`pid ${pid} on %`],
  )

const problems: Array<string> = []
try {
  if ((await command("migrate")) !== 0) throw new Error("the store could not be migrated")
  const { fetch, dispose } = make({ token: "t" })
  /** By name; the seeds of those that are virtual. */
  const requested = new Map<string, number | undefined>()
  for (let i = 0; i < runs; i++) {
    const virtual = {
      machines: 50,
      durationUs: 600_000_000,
      equalRates: true,
      rateRange: [6, 6],
      seed: below(1e9),
    }
    const real = {
      mode: "real",
      machines: 2 + below(4),
      durationUs: 500_000 + below(1_500_000),
      seed: below(1e9),
    }
    const isVirtual = below(3) === 0
    const response = await fetch(
      new Request("http://localhost/runs", {
        method: "POST",
        body: JSON.stringify(isVirtual ? virtual : real),
        headers: { authorization: "Bearer t", "content-type": "application/json" },
      }),
    )
    if (response.status !== 202) throw new Error(`a request was answered by ${await response.text()}`)
    const { run } = (await response.json()) as { run: string }
    requested.set(run, isVirtual ? virtual.seed : undefined)
  }
  await dispose()

  const workers = [worker(), worker()]
  const began = performance.now()
  let [killed, idle] = [0, 0]
  for (let left = runs; left > 0; ) {
    await pause(50 + below(250))
    left = await count("select count(*)::int from lightcone.run_heads where request_open")
    const place = below(2)
    const { pid } = workers[place]!
    const isInside = (await inside(pid!)) > 0
    // Now and then one that does nothing.
    if (killed >= kills + 5 || (!isInside && below(20) > 0)) continue
    workers[place]!.kill("SIGKILL")
    if (isInside) killed++
    else idle++
    await ended(workers[place]!)
    workers[place] = worker()
  }
  for (const one of workers) {
    one.kill("SIGTERM")
    await ended(one)
  }
  const { rows } = await client.query(
    `select h.run_id, h.epoch,
       count(*) filter (where l.kind = 9)::int as started, count(*) filter (where l.kind = 11)::int as finished
     from lightcone.run_heads h join lightcone.log l on l.run_key = h.run_key and l.machine = 0
     group by 1, 2`,
  )
  if (rows.length !== runs) problems.push(`there must be ${runs} runs, found ${rows.length}`)
  let compared = 0
  for (const { run_id, started, finished } of rows) {
    if (started !== 1 || finished !== 1)
      problems.push(`run ${run_id} was started ${started} and finished ${finished} times`)
    if ((await command("verify", run_id)) !== 0) problems.push(`run ${run_id} is not verified`)
    const itsSeed = requested.get(run_id)
    if (itsSeed === undefined) continue
    const [found, direct] = [
      await digestBy("show", run_id),
      await digestBy("run", ...virtualWords, "--seed", String(itsSeed)),
    ]
    compared++
    if (found !== direct)
      problems.push(`virtual run ${run_id} must have the digest ${direct} of seed ${itsSeed}, found ${found}`)
  }
  const takenOver = rows.reduce((sum: number, { epoch }) => sum + epoch - 2, 0)
  if (killed < kills)
    problems.push(`at least ${kills} workers must be killed inside a claim, found ${killed}`)
  if (takenOver < Math.min(killed, kills))
    problems.push(`the log shows ${takenOver} later epochs for ${killed} kills`)
  const seconds = ((performance.now() - began) / 1_000).toFixed(0)
  say(
    `${runs} runs (${compared} virtual, compared by digest), ${killed} workers killed inside a claim and ${idle} idle ones, ${takenOver} claims taken over, ${seconds} s`,
  )
} finally {
  await client.end()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) say(problem)
say(problems.length === 0 ? "each run was carried out once, and is verified" : "NOT as it must be")
process.exitCode = problems.length === 0 ? 0 : 1
