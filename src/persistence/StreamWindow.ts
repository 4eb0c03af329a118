/** A window of one machine's stream, the latest event first, for those who go back along it. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import type { AnyMachineEvent, Logged } from "../domain/ClockEvent.ts"
import type { StoreUnavailable } from "../domain/EventLog.ts"
import * as EventCodec from "./EventCodec.ts"
import * as Query from "./Query.ts"
import type { Log } from "./Tables.ts"

export interface Window {
  readonly run: string
  readonly machine: number
  /** The version of the latest event. */
  readonly upTo: number
  readonly events: number
}

/** The events of those versions, descending; none where the stream has none. */
export const read = (
  db: Query.Db,
  { run, machine, upTo, events }: Window,
): Effect.Effect<ReadonlyArray<Logged<AnyMachineEvent>>, StoreUnavailable> =>
  Effect.map(
    Query.run(`read machine ${machine} of run ${run}`, () =>
      sql<Log>`
        select * from lightcone.log
        where run_key = (select run_key from lightcone.run_heads where run_id = ${run})
          and machine = ${machine} and version > ${Math.max(0, upTo - events)} and version <= ${upTo}
        order by version desc`.execute(db),
    ),
    ({ rows }) => rows.map((row) => EventCodec.fromRow(row) as Logged<AnyMachineEvent>),
  )
