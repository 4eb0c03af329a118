/** Kysely's queries as effects. Failures are translated once, here. */
import * as Effect from "effect/Effect"
import type { Kysely } from "kysely"
import { StoreUnavailable } from "../domain/EventLog.ts"
import { reasonOf } from "./StoreError.ts"
import type { Tables } from "./Tables.ts"

export type Db = Kysely<Tables>

/** Runs a query; `doing` completes "Cannot ...". The signal is for one that can be broken off. */
export const run = <A>(
  doing: string,
  query: (signal: AbortSignal) => Promise<A>,
): Effect.Effect<A, StoreUnavailable> =>
  Effect.tryPromise({
    try: query,
    catch: (cause) => new StoreUnavailable({ doing, reason: reasonOf(cause), cause }),
  })
