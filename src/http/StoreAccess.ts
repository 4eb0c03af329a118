/**
 * The store that an instance answers from. It is opened by the first request that needs it, and kept: an instance that
 * starts without a database, or with one that has to be migrated, says so and looks again at the next request.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { EventLogShape, StoreUnavailable } from "../domain/EventLog.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import { registry } from "../domain/projections/Registered.ts"
import * as Database from "../persistence/Database.ts"
import { decodeDatabaseUrl, type InvalidDatabaseUrl } from "../persistence/DatabaseUrl.ts"
import { environment } from "../persistence/Environment.ts"
import * as EventLogPostgres from "../persistence/EventLogPostgres.ts"
import * as Migrator from "../persistence/Migrator.ts"
import * as ProjectionKeeper from "../persistence/projection/ProjectionKeeper.ts"
import * as RunCatalogue from "../persistence/RunCatalogue.ts"
import type { StoreError } from "../persistence/StoreError.ts"
import { Observation } from "../telemetry/Observation.ts"

export interface Store {
  readonly log: EventLogShape
  readonly catalogue: RunCatalogue.RunCatalogue
  readonly db: Database.Database["db"]
  readonly registry: ReadonlyArray<Projection>
  readonly projections: ProjectionKeeper.ProjectionKeeper
}

export class NoStore extends Data.TaggedError("NoStore") {
  override get message() {
    return "Cannot answer: DATABASE_URL must name a Postgres, found nothing"
  }
}

export type NotReady =
  | NoStore
  | InvalidDatabaseUrl
  | Migrator.SchemaMissing
  | Migrator.SchemaTooNew
  | StoreError
  | StoreUnavailable

export interface StoreAccessShape {
  readonly store: Effect.Effect<Store, NotReady>
}

export class StoreAccess extends Context.Tag("lightcone/http/StoreAccess")<StoreAccess, StoreAccessShape>() {}

const silent: ProjectionKeeper.Watcher = {
  onNotice: () => Effect.void,
  onFailure: () => {},
  onProgress: () => {},
}

/** Of a database that is open already, such as the one that `serve` has; nobody migrates it here. */
export const storeOf = (
  database: Pick<Database.Database, "db" | "lend" | "bulk">,
  projections: ReadonlyArray<Projection> = registry,
): Effect.Effect<Store, Migrator.SchemaMissing | Migrator.SchemaTooNew | StoreUnavailable> =>
  Effect.gen(function* () {
    const { db, lend } = database
    const pending = yield* Migrator.pending(db)
    if (pending.length > 0)
      return yield* new Migrator.SchemaMissing({ pending: pending.map(({ name }) => name) })
    const log = EventLogPostgres.make(db, lend)
    const onlooker = (yield* Observation)?.ofProjections
    return {
      db,
      log,
      registry: projections,
      catalogue: RunCatalogue.make(db, "this store"),
      projections: ProjectionKeeper.make(database, log, projections, { ...silent, onlooker }),
    }
  })

const fromEnvironment = (connections: number): Effect.Effect<Store, NotReady, Scope.Scope> =>
  Effect.gen(function* () {
    const { databaseUrl, pgPassword, pgSslRootCert } = yield* environment
    if (databaseUrl === undefined) return yield* new NoStore()
    const url = yield* decodeDatabaseUrl(databaseUrl, {
      PGPASSWORD: pgPassword,
      PGSSLROOTCERT: pgSslRootCert,
    })
    return yield* storeOf(yield* Database.open(url, { maxConnections: connections, keepIdle: true }))
  })

/** Opens once; what failed is tried again by the next who asks. Closed with the layer. */
const keeping = (open: Effect.Effect<Store, NotReady, Scope.Scope>) =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const alone = yield* Effect.makeSemaphore(1)
    let opened: Store | undefined
    const first = Effect.gen(function* () {
      if (opened !== undefined) return opened
      const own = yield* Scope.make()
      opened = yield* Scope.extend(open, own).pipe(
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Scope.close(own, exit))),
      )
      yield* Scope.addFinalizerExit(scope, (exit) => Scope.close(own, exit))
      return opened
    })
    return {
      store: Effect.suspend(() =>
        opened === undefined ? alone.withPermits(1)(first) : Effect.succeed(opened),
      ),
    } satisfies StoreAccessShape
  })

/** The Postgres that the environment names, on so many connections. */
export const layerFromEnvironment = (connections: number) =>
  Layer.scoped(StoreAccess, keeping(fromEnvironment(connections)))

/** A store that somebody else opened and closes. */
export const layerOf = (store: Store) => Layer.succeed(StoreAccess, { store: Effect.succeed(store) })
