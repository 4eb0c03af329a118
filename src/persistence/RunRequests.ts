/**
 * Runs that somebody asks for and somebody else carries out. A request is a run of one event, `run-requested`, which
 * nobody has leased yet; the lease is what makes it carried out once, whoever tries. It is open until the run has
 * finished, its stop was asked for, or workers have given it up (`RequestQueue`).
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { RunUnknown, type StoreUnavailable } from "../domain/EventLog.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as EventCodec from "./EventCodec.ts"
import * as Query from "./Query.ts"

/** The client's key was used for a run of another configuration. */
export class KeyTaken extends Data.TaggedError("KeyTaken")<{ readonly run: string }> {
  readonly field = "idempotency-key"
  override get message() {
    return `Cannot request a run: a key must be used for one configuration, found that it named run ${this.run} of another`
  }
}

export interface Request {
  /** A name for the run that is not used yet. */
  readonly run: string
  readonly config: RunConfig
  /** Of the client: the same key names the same run, however often it is asked for. */
  readonly key?: string | undefined
}

export interface Requested {
  readonly run: string
  /** Whether this very request made it. */
  readonly isNew: boolean
}

const kind = sql.lit(EventCodec.codeOf("run-requested"))
const finished = sql.lit(EventCodec.codeOf("run-finished"))

/** Makes the run, or finds the one that the key named before. */
export const request = (
  db: Query.Db,
  { run, config, key }: Request,
): Effect.Effect<Requested, KeyTaken | StoreUnavailable> =>
  Effect.gen(function* () {
    const occurredAtUs = Date.now() * 1_000
    const made = yield* Query.run("request a run", () =>
      sql<{ run_id: string }>`
        with made as (
          insert into lightcone.run_heads (run_id, head, request_open, request_key)
          values (${run}, 1, true, ${key ?? null})
          on conflict (request_key) do nothing returning run_key, run_id
        ), logged as (
          insert into lightcone.log (run_key, position, machine, version, occurred_at, kind, payload_version, payload)
          select run_key, 1, 0, 1, ${occurredAtUs}::bigint, ${kind}, 1, ${JSON.stringify({ config })}::jsonb from made
        )
        select run_id from made`.execute(db),
    )
    if (made.rows.length === 1) return { run, isNew: true }
    const { rows } = yield* Query.run("look for the run that was requested", () =>
      sql<{ run_id: string; same: boolean }>`
        select h.run_id, l.payload = ${JSON.stringify({ config })}::jsonb as same
        from lightcone.run_heads h join lightcone.log l on l.run_key = h.run_key and l.machine = 0 and l.version = 1
        where h.request_key = ${key ?? null}`.execute(db),
    )
    const before = rows[0]
    // Deleted since: the same request again makes it anew.
    if (before === undefined) return yield* request(db, { run, config, key })
    return before.same ? { run: before.run_id, isNew: false } : yield* new KeyTaken({ run: before.run_id })
  })

export type Stopping = "asked" | "stopped" | "finished"

/**
 * Asks whoever writes the run to stop it. A request that nobody carries out is closed by that; what has finished stays
 * as it is.
 */
export const stop = (db: Query.Db, run: string): Effect.Effect<Stopping, RunUnknown | StoreUnavailable> =>
  Effect.flatMap(
    Query.run(`stop run ${run}`, () =>
      sql<{ leased: boolean; finished: boolean }>`
        update lightcone.run_heads h set stop_asked = true, request_open = false, request_failure = null
        where run_id = ${run}
        returning coalesce(lease_until > clock_timestamp(), false) as leased,
          exists (select from lightcone.log l where l.run_key = h.run_key and l.machine = 0 and l.kind = ${finished})
            as finished`.execute(db),
    ),
    ({ rows: [row] }): Effect.Effect<Stopping, RunUnknown> => {
      if (row === undefined) return Effect.fail(new RunUnknown({ run }))
      return Effect.succeed(row.finished ? "finished" : row.leased ? "asked" : "stopped")
    },
  )

/** Whether somebody asked that the run be stopped. */
export const isStopAsked = (db: Query.Db, run: string): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.map(
    Query.run(`look whether run ${run} is to stop`, () =>
      sql<{ stop_asked: boolean }>`
        select stop_asked from lightcone.run_heads where run_id = ${run}`.execute(db),
    ),
    ({ rows }) => rows[0]?.stop_asked === true,
  )
