/**
 * A run written as a whole: all of it is in one transaction, so a log that fails half-way, or a process that is
 * killed, leaves nothing. By COPY where the store takes it, else by statements of many events each.
 */
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import { type Kysely, sql } from "kysely"
import type pg from "pg"
import { from as copyFrom } from "pg-copy-streams"
import type { Recorded } from "../domain/ClockEvent.ts"
import { StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import type { Database } from "./Database.ts"
import * as EventCodec from "./EventCodec.ts"
import * as LogCopy from "./LogCopy.ts"
import { reasonOf, type StoreError } from "./StoreError.ts"
import type { Tables } from "./Tables.ts"

/** Pages of events with their positions, in any order, which together are 1, 2, 3, ... without a gap. */
export type Pages = AsyncIterable<ReadonlyArray<Recorded>>

/** What the pages themselves failed with: not the store's fault. */
class Failed {
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

interface Count {
  events: number
}

async function* counted(pages: Pages, count: Count): AsyncGenerator<ReadonlyArray<Recorded>> {
  try {
    for await (const page of pages) {
      count.events += page.length
      yield page
    }
  } catch (error) {
    throw new Failed(error)
  }
}

const insertStatement = (runKey: number, events: ReadonlyArray<Recorded>) => {
  const names = EventCodec.columns.map(([name]) => sql.ref(name))
  const lists = EventCodec.toColumns(events)
  const arrays = EventCodec.columns.map(([, type], i) => sql`${lists[i]}::${sql.raw(type)}[]`)
  const positions = `{${events.map(({ position }) => position).join(",")}}`
  return sql`
    insert into lightcone.log (run_key, position, ${sql.join(names)})
    select ${runKey}::integer, event.position, ${sql.join(names.map((name) => sql`event.${name}`))}
    from unnest(${positions}::integer[], ${sql.join(arrays)}) as event (position, ${sql.join(names)})`
}

const byStatements = (db: Kysely<Tables>, run: string, pages: Pages): Promise<number> =>
  db.transaction().execute(async (transaction) => {
    const count = { events: 0 }
    const { rows } = await sql<{ run_key: number }>`
      insert into lightcone.run_heads (run_id) values (${run}) returning run_key`.execute(transaction)
    const runKey = rows[0]!.run_key
    for await (const page of counted(pages, count))
      for (let from = 0; from < page.length; from += Limits.eventsPerPage)
        await insertStatement(runKey, page.slice(from, from + Limits.eventsPerPage)).execute(transaction)
    await sql`
      update lightcone.run_heads set head = ${count.events} where run_key = ${runKey}`.execute(transaction)
    return count.events
  })

const byCopy = async (client: pg.Client, run: string, pages: Pages, signal: AbortSignal): Promise<number> => {
  const count = { events: 0 }
  await client.query("begin")
  const { rows } = await client.query<{ run_key: number }>(
    "insert into lightcone.run_heads (run_id) values ($1) returning run_key",
    [run],
  )
  const runKey = rows[0]!.run_key
  const text = `copy lightcone.log (${LogCopy.columns}) from stdin with (format binary)`
  const pieces = LogCopy.pieces(runKey, counted(pages, count))
  await pipeline(Readable.from(pieces, { objectMode: false }), client.query(copyFrom(text)), { signal })
  await client.query("update lightcone.run_heads set head = $1 where run_key = $2", [count.events, runKey])
  await client.query("commit")
  return count.events
}

/** Writes the run and gives the number of its events; `refuse` makes an error of what the pages threw. */
export const write = <E>(
  { bulk, db }: Database,
  run: string,
  pages: Pages,
  refuse: (error: unknown) => E,
): Effect.Effect<number, E | StoreError | StoreUnavailable> => {
  const attempt = (writing: (signal: AbortSignal) => Promise<number>) =>
    Effect.tryPromise({
      try: writing,
      catch: (cause) =>
        cause instanceof Failed
          ? refuse(cause.cause)
          : new StoreUnavailable({ doing: `import run ${run}`, reason: reasonOf(cause), cause }),
    })
  return bulk === undefined
    ? attempt(() => byStatements(db, run, pages))
    : Effect.scoped(Effect.flatMap(bulk, (client) => attempt((signal) => byCopy(client, run, pages, signal))))
}
