/**
 * Appends to the event log in batches of several sizes, as a ratio to one bare COPY of the same rows into the
 * same table, and what an event takes on disk, indexes included.
 * Run: tsx bench/append.ts [events] [postgresql://owner@host/database]; without a URL it starts a Postgres.
 */
import * as Effect from "effect/Effect"
import pg from "pg"
import type { LabEvent } from "../src/domain/ClockEvent.ts"
import * as Database from "../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../src/persistence/Migrator.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { copy } from "./CopyQuery.ts"

const events = Number(process.argv[2] ?? 200_000)
const batchSizes = [100, 1_000, 4_096]
const rounds = 3
const [run, startUs] = ["benchappend0", 1_790_000_000_000_000]

/** The mixture of a run with ten sides: half the ticks internal, a fifth sends, the rest receipts. */
const mixture = (machines: number): ReadonlyArray<LabEvent> =>
  Array.from({ length: events }, (_, i): LabEvent => {
    const machine = 1 + (i % machines)
    const version = 1 + Math.floor(i / machines)
    const occurredAtUs = startUs + i * 10
    const stamp = { machine, version, occurredAtUs, lamport: i >> 1, queueLength: i % 4 }
    const sender = 1 + ((i + 7) % machines)
    const part = Math.floor(i / 3) % 10
    if (part < 5) return { ...stamp, kind: "internal", payload: {} }
    if (part === 5) return { ...stamp, kind: "sent", payload: { recipients: [sender, machine] } }
    if (part === 6) return { ...stamp, kind: "sent", payload: { recipients: [sender] } }
    const times = { sentAtUs: occurredAtUs - 500, arrivedAtUs: occurredAtUs - 100 }
    const payload = { sender, sendVersion: version, senderLamport: i >> 1, ...times }
    return { ...stamp, kind: "received", payload }
  })

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!
const rateOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return events / ((performance.now() - begun) / 1_000)
}

const measure = (url: string, client: pg.Client) =>
  Effect.gen(function* () {
    const { db } = yield* Effect.flatMap(decodeDatabaseUrl(url), Database.open)
    yield* Migrator.migrate(db)
    const log = EventLogPostgres.make(db)
    const empty = () => client.query("truncate lightcone.log, lightcone.run_heads")
    const append = (all: ReadonlyArray<LabEvent>, size: number) =>
      Effect.gen(function* () {
        const ownership = yield* log.create(run, "bench")
        for (let at = 0; at < all.length; at += size)
          yield* log.append(ownership, at, `batch ${at}`, all.slice(at, at + size))
      })
    for (const machines of [3, 1_000]) {
      const all = mixture(machines)
      const rates = batchSizes.map((): Array<number> => [])
      const copied: Array<number> = []
      let bytes = 0
      for (let round = 0; round < rounds; round++) {
        for (const [i, size] of batchSizes.entries()) {
          yield* Effect.promise(empty)
          rates[i]!.push(yield* Effect.promise(() => rateOf(() => Effect.runPromise(append(all, size)))))
        }
        const size = yield* Effect.promise(() =>
          client.query("select pg_total_relation_size('lightcone.log')::float8 as bytes"),
        )
        bytes = size.rows[0].bytes
        const rows = yield* Effect.promise(() => copy(client, "copy lightcone.log to stdout"))
        yield* Effect.promise(empty)
        copied.push(
          yield* Effect.promise(() => rateOf(() => copy(client, "copy lightcone.log from stdin", rows))),
        )
      }
      const bare = median(copied)
      console.log(`${machines} machines, ${events} events: ${(bytes / events).toFixed(1)} bytes an event`)
      console.log(`  bare COPY               ${bare.toFixed(0)} rows/s`)
      for (const [i, size] of batchSizes.entries()) {
        const rate = median(rates[i]!)
        console.log(
          `  append, ${String(size).padStart(5)} a batch   ${rate.toFixed(0)} rows/s, ${(rate / bare).toFixed(2)} of COPY`,
        )
      }
    }
  }).pipe(Effect.scoped)

const given = process.argv[3]
const server = given === undefined ? await startPostgres({ settings: { fsync: "on" } }) : undefined
const url = given ?? server!.url
const client = new pg.Client({ connectionString: url })
await client.connect()
try {
  await Effect.runPromise(measure(url, client))
} finally {
  await client.end()
  await server?.stop()
}
