/** Opens real stores for the suites of test/contract, as the command line does. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { sql } from "kysely"
import type { Database } from "../../src/persistence/Database.ts"
import * as Databases from "../../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../../src/persistence/DatabaseUrl.ts"
import { openEmbedded } from "../../src/persistence/EmbeddedDatabase.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import type { Subject } from "./EventLog.contract.ts"

export interface OpenStore extends Subject {
  readonly database: Database
  readonly close: () => Promise<void>
}

const opened = async (open: Effect.Effect<Database, unknown, Scope.Scope>): Promise<OpenStore> => {
  const scope = await Effect.runPromise(Scope.make())
  const database = await Effect.runPromise(Scope.extend(open, scope))
  await Effect.runPromise(Migrator.migrate(database.db))
  return {
    database,
    log: EventLogPostgres.make(database.db, database.lend),
    expireLease: async (run) => {
      await sql`update lightcone.run_heads set lease_until = clock_timestamp() - interval '1 second'
                where run_id = ${run}`.execute(database.db)
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  }
}

export const openNative = (url: string): Promise<OpenStore> =>
  opened(Effect.flatMap(decodeDatabaseUrl(url), Databases.open))

export const openEmbeddedIn = (directory: string): Promise<OpenStore> =>
  opened(openEmbedded({ directory, access: "write", onNotice: () => {} }))
