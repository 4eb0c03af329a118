/**
 * The tables that `lightcone clocks` fills, for those who ask with SQL: `clock_comparison`, a row a clock, and
 * `clock_stamps`, a row an event and clock. What was found of a run before gives way, in one transaction. They are no
 * projections: to be followed live every clock would have to be kept with every run, and in its checkpoint.
 */
import { type Kysely, sql } from "kysely"
import type { Clock } from "../domain/clocks/Clock.ts"
import type { Options } from "../domain/clocks/Comparison.ts"
import type { Share } from "../domain/clocks/Pairs.ts"
import * as Limits from "../domain/Limits.ts"
import type { Answer } from "./inquiry/ClockComparing.ts"
import * as Query from "./Query.ts"
import type { Tables } from "./Tables.ts"

interface StampRow {
  readonly machine: number
  readonly version: number
  readonly bytes: number
  readonly clock: string
  readonly stamp: string
}

export interface Kept {
  readonly take: NonNullable<Options["onStamps"]>
  readonly rows: () => ReadonlyArray<StampRow>
  /** Clock events whose stamps are kept. */
  readonly events: () => number
}

/** Keeps stamps of the first events, until there are too many of them or too much of their text. */
export const kept = (clocks: ReadonlyArray<Clock>): Kept => {
  const rows: Array<StampRow> = []
  let [events, characters, isFull] = [0, 0, false]
  return {
    take: (steps, clock, stamps) => {
      if (clock === 0)
        isFull ||= events >= Limits.maxEventsOfKeptStamps || characters >= Limits.maxKeptStampCharacters
      if (isFull) return
      if (clock === 0) events += steps.length
      const { name, show } = clocks[clock]!
      for (const [i, { event }] of steps.entries()) {
        const { stamp, bytes } = stamps[i]!
        const text = show(stamp)
        characters += text.length
        rows.push({ machine: event.machine, version: event.version, bytes, clock: name, stamp: text })
      }
    },
    rows: () => rows,
    events: () => events,
  }
}

const insertStamps = (db: Kysely<Tables>, runKey: number, rows: ReadonlyArray<StampRow>) =>
  sql`insert into lightcone.clock_stamp_rows (run_key, machine, version, bytes, clock, stamp)
    select ${runKey}, * from unnest(
      ${rows.map(({ machine }) => machine)}::integer[], ${rows.map(({ version }) => version)}::integer[],
      ${rows.map(({ bytes }) => bytes)}::integer[], ${rows.map(({ clock }) => clock)}::text[],
      ${rows.map(({ stamp }) => stamp)}::text[])`.execute(db)

const of = (share: Share | undefined) => ({
  share: share?.share ?? null,
  error: share?.standardError ?? null,
})

const insertComparison = (db: Kysely<Tables>, runKey: number, answer: Answer) => {
  const { head, clockEvents, machines, concurrent, causal, sample, seed, skewUs } = answer
  const rows = answer.clocks.map((measured) => {
    const [falsely, inverted, unordered, reversed] = [
      of(measured.falseOrder),
      of(measured.inverted),
      of(measured.unordered),
      of(measured.reversed),
    ]
    return sql`(${runKey}, ${measured.clock.name}, ${measured.clock.source}, ${head}::integer, ${clockEvents}::integer,
      ${machines}::integer, ${measured.meanBytes}::float8, ${measured.largestBytes}::integer,
      ${falsely.share}::float8, ${falsely.error}::float8, ${inverted.share}::float8, ${inverted.error}::float8,
      ${unordered.share}::float8, ${unordered.error}::float8, ${reversed.share}::float8,
      ${measured.nsPerStamp}::float8, ${concurrent.compared}::bigint, ${causal.compared}::bigint,
      ${sample !== undefined}::boolean, ${seed}::bigint, ${skewUs}::bigint)`
  })
  return sql`insert into lightcone.clock_comparison_rows (run_key, clock, source, up_to_position, clock_events, machines,
      mean_bytes, largest_bytes, false_order, false_order_error, inverted, inverted_error, unordered,
      unordered_error, reversed, ns_per_stamp, concurrent_pairs, causal_pairs, sampled, seed, skew_us)
    values ${sql.join(rows)}`.execute(db)
}

/** Of the first key of advisory locks, what is ours here. */
const clocksLock = 0x636c6f63

/** Puts what was found of a run in place of what was there; nothing of a run that was deleted meanwhile. */
export const fill = (db: Query.Db, answer: Answer, { rows }: Kept) =>
  Query.run(`keep the clocks of run ${answer.run}`, () =>
    db.transaction().execute(async (transaction) => {
      const found = await sql<{ run_key: number }>`
        select run_key from lightcone.run_heads where run_id = ${answer.run} for key share`.execute(
        transaction,
      )
      const runKey = found.rows[0]?.run_key
      if (runKey === undefined) return
      // Of two that compare the clocks of one run the later waits here, and its answer is the one that stays.
      await sql`select pg_advisory_xact_lock(${clocksLock}::integer, ${runKey}::integer)`.execute(transaction)
      for (const table of ["clock_stamp_rows", "clock_comparison_rows"])
        await sql`delete from lightcone.${sql.ref(table)} where run_key = ${runKey}`.execute(transaction)
      const all = rows()
      for (let at = 0; at < all.length; at += Limits.stampsPerInsert)
        await insertStamps(transaction, runKey, all.slice(at, at + Limits.stampsPerInsert))
      await insertComparison(transaction, runKey, answer)
    }),
  )
