/** A keeper of the registry's projections in which nothing may fail. */
import * as Effect from "effect/Effect"
import type { Projection } from "../../../src/domain/projections/Projection.ts"
import { registry as ours } from "../../../src/domain/projections/Registered.ts"
import type { Database } from "../../../src/persistence/Database.ts"
import * as EventLogPostgres from "../../../src/persistence/EventLogPostgres.ts"
import type { Failure } from "../../../src/persistence/projection/Cursor.ts"
import * as ProjectionKeeper from "../../../src/persistence/projection/ProjectionKeeper.ts"

export interface Told {
  readonly notices: Array<string>
  readonly failures: Array<Failure>
}

/** What is told goes into `told`, where there is one. */
export const keeperOf = (
  database: Pick<Database, "db" | "bulk">,
  registry: ReadonlyArray<Projection> = ours,
  told?: Told,
): ProjectionKeeper.ProjectionKeeper =>
  ProjectionKeeper.make(database, EventLogPostgres.make(database.db), registry, {
    onNotice: (text) => Effect.sync(() => void told?.notices.push(text)),
    onFailure: (failure) => {
      if (told === undefined)
        throw new Error(`projection ${failure.projection.name} failed: ${failure.reason}`)
      told.failures.push(failure)
    },
    onProgress: () => {},
  })
