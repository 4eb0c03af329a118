/** Leases of a store that one process alone can write. */
import type * as Effect from "effect/Effect"
import { sql } from "kysely"
import type { StoreUnavailable } from "../domain/EventLog.ts"
import * as Query from "./Query.ts"

/**
 * Ends those that stand. For the holder of the embedded store only: whoever had them has lost the store, so their
 * runs need not wait until the time is out.
 */
export const endAll = (db: Query.Db): Effect.Effect<unknown, StoreUnavailable> =>
  Query.run("end the leases of processes that are gone", () =>
    sql`update lightcone.run_heads set lease_until = null where lease_until > clock_timestamp()`.execute(db),
  )
