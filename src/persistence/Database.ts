/** A Postgres, native or embedded, as Kysely over a bounded pool. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Kysely, PostgresDialect } from "kysely"
import type pg from "pg"
import { type ConnectionPoolOptions, connectionPool } from "./ConnectionPool.ts"
import type { DatabaseUrl } from "./DatabaseUrl.ts"
import type { StoreError } from "./StoreError.ts"
import type { Tables } from "./Tables.ts"

export interface Database {
  readonly db: Kysely<Tables>
  /** A connection of its own, such as a stranger's query has: it never gets in the recorder's way. */
  readonly stranger: Effect.Effect<pg.Client, StoreError, Scope.Scope>
  /** A connection that takes COPY from a client; the embedded store has none. */
  readonly bulk?: Effect.Effect<pg.Client, StoreError, Scope.Scope>
  /** The same, lent from the pool for as long as the work takes. */
  readonly lend?: Lend
}

/** One whose work failed is closed: nobody knows in what state it is. */
export type Lend = <A>(work: (client: pg.ClientBase) => Promise<A>) => Promise<A>

const lendFrom =
  (pool: pg.Pool): Lend =>
  async (work) => {
    const client = await pool.connect()
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      client.release(true)
      throw error
    }
  }

export const open = (
  url: DatabaseUrl,
  options?: ConnectionPoolOptions,
): Effect.Effect<Database, StoreError, Scope.Scope> =>
  Effect.map(connectionPool(url, options), ({ pool, dedicatedClient }) => ({
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    stranger: dedicatedClient(),
    bulk: dedicatedClient(),
    lend: lendFrom(pool),
  }))
