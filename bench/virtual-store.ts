/**
 * Stores virtual runs in a native Postgres, as a ratio to one bare COPY of the same rows into the same table: rows
 * that were copied out beforehand, in one transaction on one session, in the faster of text and binary. Both begin
 * with an empty table, its indexes in place, behind a checkpoint.
 * Run: tsx bench/virtual-store.ts [events] [rounds] [postgresql://superuser@host/database]; without a URL it starts
 * a Postgres with the settings that Postgres comes with.
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import pg from "pg"
import { EventLog } from "../src/domain/EventLog.ts"
import type { RunConfig } from "../src/domain/RunConfig.ts"
import * as RunId from "../src/domain/RunId.ts"
import * as Database from "../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../src/persistence/Migrator.ts"
import * as EventLoop from "../src/runtime/virtual/EventLoop.ts"
import * as VirtualLaboratory from "../src/runtime/virtual/VirtualLaboratory.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { configOf } from "./BigRun.ts"
import { copy } from "./CopyQuery.ts"

const events = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 3)
const formats = ["text", "binary"] as const

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!

interface Taken {
  readonly seconds: number
  /** Of this process, as a share of the time. */
  readonly busy: number
}

const timed = async (work: () => Promise<unknown>): Promise<Taken> => {
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, busy: (user + system) / 1e6 / seconds }
}

const madeAlone = (config: RunConfig): Promise<Taken> =>
  timed(async () => {
    for (const _ of EventLoop.recordsOf(config));
  })

const measure = (url: string, client: pg.Client) =>
  Effect.gen(function* () {
    const database = yield* Effect.flatMap(decodeDatabaseUrl(url), Database.open)
    yield* Migrator.migrate(database.db)
    const log = EventLogPostgres.make(database.db, database.lend)
    const store = (config: RunConfig) =>
      VirtualLaboratory.run({
        run: RunId.fromBytes(randomBytes(64)),
        owner: "bench",
        stopRequested: Effect.never,
        config,
      }).pipe(Effect.provideService(EventLog, log))
    const empty = async () => {
      await client.query("truncate lightcone.log, lightcone.run_heads cascade")
      await client.query("checkpoint")
    }
    for (const machines of (process.env.M ?? "3,1000").split(",").map(Number)) {
      const config = { ...configOf({ events, machines }), mode: "virtual" as const }
      const taken: Record<"stored" | (typeof formats)[number], Array<Taken>> = {
        stored: [],
        text: [],
        binary: [],
      }
      let rows = 0
      const made = yield* Effect.promise(() => madeAlone(config))
      for (let round = 0; round < rounds; round++) {
        yield* Effect.promise(empty)
        taken.stored.push(
          yield* Effect.promise(() =>
            timed(async () => {
              rows = (await Effect.runPromise(store(config))).events
            }),
          ),
        )
        const data: Array<Buffer> = []
        for (const format of formats)
          data.push(
            yield* Effect.promise(() =>
              copy(
                client,
                `copy (select * from lightcone.log order by position) to stdout (format ${format})`,
              ),
            ),
          )
        for (const [i, format] of formats.entries()) {
          yield* Effect.promise(empty)
          const text = `copy lightcone.log from stdin (format ${format})`
          taken[format].push(yield* Effect.promise(() => timed(() => copy(client, text, data[i]!))))
        }
      }
      const secondsOf = (name: keyof typeof taken) => median(taken[name].map(({ seconds }) => seconds))
      const said = (name: string, seconds: number, more = "") =>
        console.log(`  ${name.padEnd(24)} ${(rows / seconds).toFixed(0).padStart(9)} rows/s${more}`)
      const bare = Math.min(...formats.map(secondsOf))
      console.log(`${machines} machines, ${rows} events`)
      said("made, not stored", made.seconds)
      for (const format of formats) said(`bare COPY, ${format}`, secondsOf(format))
      const busy = median(taken.stored.map((round) => round.busy))
      said(
        "made and stored",
        secondsOf("stored"),
        `, ${(bare / secondsOf("stored")).toFixed(2)} of the faster COPY, this process busy ${busy.toFixed(2)}`,
      )
    }
  }).pipe(Effect.scoped)

const given = process.argv[4]
const settings = { fsync: "on", full_page_writes: "on", shared_buffers: "128MB", max_wal_size: "1GB" }
const server = given === undefined ? await startPostgres({ settings }) : undefined
const url = given ?? server!.superuserUrl
const client = new pg.Client({ connectionString: url })
await client.connect()
try {
  await Effect.runPromise(measure(url, client))
} finally {
  await client.end()
  await server?.stop()
}
