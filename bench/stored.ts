/**
 * Virtual runs into a native Postgres: from the run's creation until its last event is acknowledged. The reference is one
 * bare COPY of the very same rows, in one session, into a table with the same indexes.
 * Run: tsx bench/stored.ts [--quick]
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { EventLog } from "../src/domain/EventLog.ts"
import * as RunId from "../src/domain/RunId.ts"
import * as Database from "../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../src/persistence/Migrator.ts"
import * as VirtualLaboratory from "../src/runtime/virtual/VirtualLaboratory.ts"
import { alone, type Figure, note, type Row, row } from "./Figure.ts"
import { bareCopySeconds, countOf, empty, withNative } from "./Native.ts"
import { taken } from "./Rounds.ts"
import { configOf, named, secondsFor } from "./VirtualSizes.ts"

const name = "stored"

const secondsToStore = (url: string, machines: number, seconds: number): Promise<number> =>
  Effect.gen(function* () {
    const { db, lend } = yield* Effect.flatMap(decodeDatabaseUrl(url), Database.open)
    yield* Migrator.migrate(db)
    const begun = performance.now()
    yield* VirtualLaboratory.run({
      run: RunId.fromBytes(randomBytes(64)),
      owner: "bench",
      config: configOf(machines, seconds),
      stopRequested: Effect.never,
    }).pipe(Effect.provideService(EventLog, EventLogPostgres.make(db, lend)))
    return (performance.now() - begun) / 1_000
  }).pipe(Effect.scoped, Effect.runPromise)

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withNative(async ({ server, client }) => {
      const [events, rounds] = quick ? [1e5, 1] : [2e6, 3]
      const rows: Array<Row> = []
      for (const machines of [3, 1_000]) {
        const seconds = secondsFor(machines, events)
        const { ours, reference, ratio } = await taken(rounds, async () => {
          note(`${named(machines)}, ${seconds.toFixed(0)} virtual seconds into Postgres`)
          const took = await secondsToStore(server.url, machines, seconds)
          const stored = await countOf(client, "log")
          const bare = await bareCopySeconds(client, "log")
          await empty(client)
          return { ours: stored / took, reference: stored / bare }
        })
        rows.push(
          row(name, {
            what: `virtual engine storing to Postgres, ${named(machines)}`,
            unit: "events/s",
            measured: ours,
            reference: { what: "bare COPY of the same rows", value: reference, ratio },
            target: { value: 0.7, of: "ratio", bound: "at least" },
          }),
        )
      }
      return rows
    }),
}

await alone(import.meta.url, figure)
