/**
 * Open requests as workers take them: those that were never taken up go first, then those whose turn has come again.
 * An attempt is counted, and the next one put off, in the statement that takes the request and before anything is done
 * for it. So a run that kills its workers, by their memory or otherwise, keeps none of them from the other runs, and is
 * given up in the end. The run's lease, not this, makes it carried out once.
 */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import type { StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as Query from "./Query.ts"

const isFree = sql`request_open and (lease_until is null or lease_until <= clock_timestamp())
  and (request_due_at is null or request_due_at <= clock_timestamp())`

/** After a first attempt, and twice as long after each one more. */
const later = sql`clock_timestamp() + interval '1 millisecond' *
  least(${sql.lit(Limits.requestRetryMs)} * power(2, request_attempts), ${sql.lit(Limits.maxRequestRetryMs)})`

/** Takes the request whose turn it is; undefined if there is none. `worker` says who takes it. */
export const take = (db: Query.Db, worker: string): Effect.Effect<string | undefined, StoreUnavailable> =>
  Effect.map(
    Query.run("look for requested runs", () =>
      sql<{ run_id: string }>`
        with given_up as (
          update lightcone.run_heads set request_open = false
          where ${isFree} and request_attempts >= ${sql.lit(Limits.maxRequestAttempts)}
        ), next as (
          select run_key from lightcone.run_heads
          where ${isFree} and request_attempts < ${sql.lit(Limits.maxRequestAttempts)}
          order by request_due_at nulls first, run_key limit 1
          for update skip locked
        )
        update lightcone.run_heads h
        set request_attempts = request_attempts + 1, request_due_at = ${later},
          request_failure = ${`it ended without a word: ${worker}, which took it up, was killed or ran out of memory`}
        from next where h.run_key = next.run_key
        returning run_id`.execute(db),
    ),
    ({ rows: [row] }) => row?.run_id,
  )

/** Nothing of it is left to be carried out. */
export const close = (db: Query.Db, run: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.asVoid(
    Query.run(`close the request of run ${run}`, () =>
      sql`update lightcone.run_heads set request_open = false, request_failure = null
        where run_id = ${run}`.execute(db),
    ),
  )

/** The attempt ended through no fault of the run, which may be taken up again at once. */
export const putBack = (db: Query.Db, run: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.asVoid(
    Query.run(`put back the request of run ${run}`, () =>
      sql`update lightcone.run_heads
        set request_attempts = greatest(request_attempts - 1, 0), request_due_at = null, request_failure = null
        where run_id = ${run}`.execute(db),
    ),
  )

/** The attempt failed; `isHopeless` where no other one could do better. */
export const fail = (
  db: Query.Db,
  run: string,
  reason: string,
  isHopeless = false,
): Effect.Effect<void, StoreUnavailable> =>
  Effect.asVoid(
    Query.run(`say why run ${run} was not carried out`, () =>
      sql`update lightcone.run_heads
        set request_failure = ${reason}, request_open = request_open and not ${isHopeless}::boolean
          and request_attempts < ${sql.lit(Limits.maxRequestAttempts)}
        where run_id = ${run}`.execute(db),
    ),
  )
