/**
 * Durable events a second of the real engine with nothing to hold it back: every machine is due far more often than it
 * can tick, so what decides is how fast decisions are made, written, acknowledged and sent on over TCP. The reference is
 * one bare COPY of the very same rows into a table with the same indexes.
 * Run: tsx bench/durable.ts [--quick]
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { EventLog } from "../src/domain/EventLog.ts"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as RunId from "../src/domain/RunId.ts"
import * as Database from "../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../src/persistence/Migrator.ts"
import * as Laboratory from "../src/runtime/Laboratory.ts"
import { alone, type Figure, note, type Row, row } from "./Figure.ts"
import { bareCopySeconds, countOf, empty, type Native, withNative } from "./Native.ts"
import { taken } from "./Rounds.ts"

const name = "durable"
/** Ticks a second of one machine: the most that there may be. */
const rate = 1_000

interface Ran {
  readonly events: number
  readonly seconds: number
}

/** From the start of the schedule until the last event is acknowledged. */
const unthrottled = (url: string, machines: number, seconds: number): Promise<Ran> =>
  Effect.gen(function* () {
    const { db } = yield* Effect.flatMap(decodeDatabaseUrl(url), Database.open)
    yield* Migrator.migrate(db)
    const config: RunConfig.RunConfig = {
      ...RunConfig.defaults,
      machines,
      seed: 1,
      rateRange: [rate, rate],
      equalRates: true,
      durationUs: seconds * 1e6,
    }
    let begun = 0
    const { events } = yield* Laboratory.run({
      run: RunId.fromBytes(randomBytes(64)),
      owner: "bench",
      config,
      stopRequested: Effect.never,
      watch: () => {
        begun = performance.now()
      },
    }).pipe(Effect.provideService(EventLog, EventLogPostgres.make(db)))
    return { events, seconds: (performance.now() - begun) / 1_000 }
  }).pipe(Effect.scoped, Effect.runPromise)

const measured = async (
  { server, client }: Native,
  machines: number,
  seconds: number,
  rounds: number,
): Promise<Row> => {
  const missed: Array<number> = []
  const { ours, reference, ratio } = await taken(rounds, async () => {
    note(`${machines} machines on TCP, ${seconds} s`)
    const ran = await unthrottled(server.url, machines, seconds)
    const rows = await countOf(client, "log")
    const found = await client.query("select count(*)::int as rows from lightcone.log where kind = 6")
    missed.push(found.rows[0].rows / rows)
    const bare = await bareCopySeconds(client, "log")
    await empty(client)
    return { ours: ran.events / ran.seconds, reference: rows / bare }
  })
  return row(name, {
    what: `durable events of the real engine, ${machines.toLocaleString("en")} machines on TCP`,
    unit: "events/s",
    measured: ours,
    reference: { what: "bare COPY of the same rows", value: reference, ratio },
    // Three machines cannot be due more often than 3,000 times a second.
    ...(machines === 3 ? {} : { target: { value: 0.3, of: "ratio", bound: "at least" } }),
    beside: { "of them missed ticks, %": 100 * Math.max(...missed) },
  })
}

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withNative(async (native) => {
      const [seconds, rounds] = quick ? [2, 1] : [12, 3]
      const rows: Array<Row> = []
      for (const machines of [1_000, 3]) rows.push(await measured(native, machines, seconds, rounds))
      return rows
    }),
}

await alone(import.meta.url, figure)
