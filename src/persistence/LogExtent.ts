/** How far a run's log goes, and how much of it lies in a window: counted by the database, which is quick at it. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import type { Kind } from "../domain/ClockEvent.ts"
import { RunUnknown, type StoreUnavailable } from "../domain/EventLog.ts"
import * as EventCodec from "./EventCodec.ts"
import * as Query from "./Query.ts"

/** Every bound is within the window, but for `after`. */
export interface Window {
  readonly after: number
  readonly upTo: number
  /** Microseconds since the Unix epoch. */
  readonly fromUs?: number
  readonly toUs?: number
  /** Default: all. */
  readonly machines?: ReadonlyArray<number>
  readonly kinds?: ReadonlyArray<Kind>
}

export interface Extent {
  readonly events: number
  /** Of the first and the last of them; 0 where there is none. */
  readonly first: number
  readonly last: number
  readonly firstUs: number
  readonly lastUs: number
}

export interface Head {
  readonly runKey: number
  readonly position: number
  /** Whether somebody is writing the run. */
  readonly growing: boolean
}

export const head = (db: Query.Db, run: string): Effect.Effect<Head, RunUnknown | StoreUnavailable> =>
  Effect.flatMap(
    Query.run(`look at the head of run ${run}`, () =>
      sql<Head>`
        select run_key as "runKey", head as position,
          coalesce(lease_until > clock_timestamp(), false) as growing
        from lightcone.run_heads where run_id = ${run}`.execute(db),
    ),
    ({ rows: [row] }) => (row === undefined ? Effect.fail(new RunUnknown({ run })) : Effect.succeed(row)),
  )

const numbers = (values: ReadonlyArray<number>): string => `{${values.join(",")}}`

export const of = (
  db: Query.Db,
  runKey: number,
  { after, upTo, fromUs, toUs, machines, kinds }: Window,
): Effect.Effect<Extent, StoreUnavailable> => {
  const conditions = [
    sql`run_key = ${runKey} and position / 64 between ${after}::integer / 64 and ${upTo}::integer / 64`,
    sql`position > ${after} and position <= ${upTo}`,
    ...(fromUs === undefined ? [] : [sql`occurred_at >= ${fromUs}::bigint`]),
    ...(toUs === undefined ? [] : [sql`occurred_at <= ${toUs}::bigint`]),
    ...(machines === undefined ? [] : [sql`machine = any (${numbers(machines)}::integer[])`]),
    ...(kinds === undefined ? [] : [sql`kind = any (${numbers(kinds.map(EventCodec.codeOf))}::smallint[])`]),
  ]
  return Effect.map(
    Query.run("count the events of the window", () =>
      sql<Extent>`
        select count(*)::integer as events,
          coalesce(min(position), 0) as first, coalesce(max(position), 0) as last,
          coalesce(min(occurred_at), 0) as "firstUs", coalesce(max(occurred_at), 0) as "lastUs"
        from lightcone.log where ${sql.join(conditions, sql` and `)}`.execute(db),
    ),
    ({ rows }) => rows[0]!,
  )
}
