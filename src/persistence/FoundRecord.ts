/**
 * A run's record as it is found, for those who judge it: every row of the run whatever its position, page by
 * page in the order of positions, and rows that are no events as such. The event log's own reading rests on
 * positions being gap-free, so it would end at a gap and never see what stands beyond the head.
 */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import type { Recorded } from "../domain/ClockEvent.ts"
import { RunUnknown, type StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import type { Unreadable } from "../domain/verification/Shape.ts"
import * as FoundRow from "./FoundRow.ts"
import * as Query from "./Query.ts"
import type { Log } from "./Tables.ts"

export type Found = Recorded | Unreadable

export interface FoundRecord {
  /** Where the run's head says that the log ends. */
  readonly head: number
  /** Whether somebody is writing it; then it is read up to the head and no further. */
  readonly growing: boolean
  /** The next page; empty at the end. */
  readonly next: Effect.Effect<ReadonlyArray<Found>, StoreUnavailable>
}

interface HeadRow {
  readonly run_key: number
  readonly head: number
  readonly leased: boolean
}

const [minInteger, maxInteger] = [-2_147_483_648, 2_147_483_647]

/** Sixty-four positions share a key of the index, by a division that goes toward zero. */
const inShares = (after: number, last: number) =>
  sql`position / 64 between ${Math.trunc(after / 64)}::integer and ${Math.trunc(last / 64)}::integer`

/** `until` ends the reading at a head that was found before. */
export const open = (
  db: Query.Db,
  run: string,
  until?: number,
): Effect.Effect<FoundRecord, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const doing = `read run ${run}`
    const { rows: heads } = yield* Query.run(doing, () =>
      sql<HeadRow>`
        select run_key, head, coalesce(lease_until > clock_timestamp(), false) as leased
        from lightcone.run_heads where run_id = ${run}`.execute(db),
    )
    const row = heads[0]
    if (row === undefined) return yield* Effect.fail(new RunUnknown({ run }))
    const { run_key: key, head, leased } = row

    const between = (after: number, last: number) =>
      Effect.map(
        Query.run(doing, () =>
          sql<Log>`
            select * from lightcone.log
            where run_key = ${key} and ${inShares(after, last)}
              and position > ${after}::bigint and position <= ${last}::bigint
            order by position, machine, version`.execute(db),
        ),
        ({ rows }) => rows.map(FoundRow.read),
      )
    /** The lowest position in (after, last]; undefined if there is none. */
    const lowest = (after: number, last: number) =>
      Effect.map(
        Query.run(doing, () =>
          sql<{ position: number | null }>`
            select min(position) as position from lightcone.log
            where run_key = ${key} and ${inShares(after, last)}
              and position > ${after}::bigint and position <= ${last}::bigint`.execute(db),
        ),
        ({ rows: [found] }) => found?.position ?? undefined,
      )

    const last = leased ? (until ?? head) : maxInteger
    let after = (yield* lowest(minInteger - 1, 0)) === undefined ? 0 : minInteger - 1
    const pageAfter = Effect.suspend(() => {
      const end = Math.min(after + Limits.eventsPerPage, last)
      return Effect.map(between(after, end), (page) => {
        if (page.length > 0) after = end
        return page
      })
    })
    const next: FoundRecord["next"] = Effect.gen(function* () {
      if (after >= last) return []
      const page = yield* pageAfter
      if (page.length > 0) return page
      // The end, or a gap.
      const position = yield* lowest(after, last)
      if (position === undefined) return []
      after = position - 1
      return yield* pageAfter
    })
    return { head, growing: leased, next }
  })
