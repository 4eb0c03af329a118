/**
 * Opens the store that a command works on: `--database`, then the environment, then the embedded store. Says
 * which on standard error, brings the schema up to date, and closes it all with the command's scope.
 */
import { resolve } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type EventLogShape, StoreUnavailable } from "../domain/EventLog.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import type { UsageError } from "../domain/UsageError.ts"
import * as Database from "../persistence/Database.ts"
import { type DatabaseUrl, decodeDatabaseUrl, type InvalidDatabaseUrl } from "../persistence/DatabaseUrl.ts"
import type { EmbeddedDatabase, EmbeddedFailure } from "../persistence/EmbeddedDatabase.ts"
import { type Environment, environment } from "../persistence/Environment.ts"
import * as EventLogPostgres from "../persistence/EventLogPostgres.ts"
import * as Leases from "../persistence/Leases.ts"
import * as Migrator from "../persistence/Migrator.ts"
import * as Generations from "../persistence/projection/Generations.ts"
import type { ProjectionKeeper } from "../persistence/projection/ProjectionKeeper.ts"
import * as Query from "../persistence/Query.ts"
import * as RunCatalogue from "../persistence/RunCatalogue.ts"
import { type StoreError, type StorePlace, storeError } from "../persistence/StoreError.ts"
import { Observation } from "../telemetry/Observation.ts"
import { harmless, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Projections from "./Projections.ts"
import * as StoreLoss from "./StoreLoss.ts"

export interface Store {
  readonly log: EventLogShape
  readonly catalogue: RunCatalogue.RunCatalogue
  readonly database: Database.Database
  /** Those that are kept: our own, and those that the working directory adds. */
  readonly registry: ReadonlyArray<Projection>
  readonly projections: ProjectionKeeper
  /** The same, of a server, for whoever connects to it by itself. */
  readonly url?: DatabaseUrl
  /** Where it is, for people. */
  readonly where: string
}

/** There is no embedded store yet, and a command that only reads makes none. */
export class StoreMissing extends Data.TaggedError("StoreMissing")<{ readonly where: string }> {
  override get message() {
    return `Cannot read the store: there is none in ${this.where} yet; lightcone run makes one`
  }
}

export type StoreFailure =
  | InvalidDatabaseUrl
  | StoreMissing
  | Exclude<EmbeddedFailure, { _tag: "StoreMissing" }>
  | StoreUnavailable
  | StoreError
  | Migrator.SchemaMissing
  | Migrator.SchemaTooNew
  | UsageError

export type Access = "read" | "write"

const decodeUrl = (text: string, variables: Environment): Effect.Effect<DatabaseUrl, InvalidDatabaseUrl> =>
  decodeDatabaseUrl(text, { PGPASSWORD: variables.pgPassword, PGSSLROOTCERT: variables.pgSslRootCert })

const say = (invocation: Invocation, text: string): Effect.Effect<void> =>
  invocation.quiet ? Effect.void : note(harmless(text))

/** Where the store itself is the reason, it is named, with what its administrator can do. */
const told = <A, E>(migrating: Effect.Effect<A, E | StoreUnavailable>, place: StorePlace) =>
  Effect.mapError(migrating, (error) =>
    error instanceof StoreUnavailable ? (storeError(error.cause, place) ?? error) : error,
  )

/** Writers bring the schema up to date, through the direct connection where one is given. */
const prepareSchema = (
  connected: Connected,
  access: Access,
  registry: ReadonlyArray<Projection>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const { database, url, where, variables } = connected
    const pending = yield* Migrator.pending(database.db)
    if (pending.length === 0) return
    if (access === "read")
      return yield* new Migrator.SchemaMissing({ pending: pending.map(({ name }) => name) })
    const first = pending.length === Migrator.migrations.length
    yield* say(invocation, first ? `initialising the schema lightcone in ${where}` : `migrating ${where}`)
    const place = url ?? { display: where, user: "postgres" }
    if (variables.directUrl === undefined) return yield* told(Migrator.migrate(database.db), place)
    const direct = yield* decodeUrl(variables.directUrl, variables)
    const past = yield* Database.open(direct)
    yield* told(Migrator.migrate(past.db), direct)
    yield* Query.run("make the projections' tables", () => Generations.ensure(past.db, registry))
  }).pipe(Effect.scoped)

export interface Connected {
  readonly database: Database.Database
  /** The same, where it is the embedded one. */
  readonly embedded?: EmbeddedDatabase
  /** The URL as it was decoded, where there is one. */
  readonly url?: DatabaseUrl
  readonly where: string
  readonly variables: Environment
}

/** The database alone, its schema as it is; for `migrate` and `db`. */
export const connect = (
  access: Access,
  invocation: Invocation,
  readerStatementLimitMs?: number,
): Effect.Effect<Connected, StoreFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const variables = yield* environment
    const text = invocation.database ?? variables.databaseUrl
    if (text !== undefined) {
      const url = yield* decodeUrl(text, variables)
      yield* say(invocation, `store: Postgres at ${url.display}`)
      return { database: yield* Database.open(url), url, where: url.display, variables }
    }
    const directory = resolve(variables.directory)
    const where = variables.directory
    yield* say(invocation, `store: embedded, in ${where}`)
    // Loaded here because it brings worker threads along, which a native store has no use for.
    const embedded = yield* Effect.promise(() => import("../persistence/EmbeddedDatabase.ts"))
    const database = yield* embedded
      .openEmbedded({
        directory,
        access,
        ...(readerStatementLimitMs === undefined ? {} : { readerStatementLimitMs }),
        onNotice: (notice) => {
          if (!invocation.quiet) process.stderr.write(`${notice}\n`)
        },
      })
      .pipe(Effect.catchTag("StoreMissing", () => Effect.fail(new StoreMissing({ where }))))
    yield* StoreLoss.tell(database.lost)
    return { database, embedded: database, where, variables }
  })

/** As `connect`, past the pooler where a direct connection is given. */
export const connectDirect = (access: Access, invocation: Invocation) =>
  Effect.flatMap(environment, ({ directUrl }) =>
    connect(access, directUrl === undefined ? invocation : { ...invocation, database: directUrl }),
  )

export const open = (
  access: Access,
  invocation: Invocation,
  readerStatementLimitMs?: number,
): Effect.Effect<Store, StoreFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const registry = yield* Projections.registry
    const connected = yield* connect(access, invocation, readerStatementLimitMs)
    yield* prepareSchema(connected, access, registry, invocation)
    const { database, url, where } = connected
    if (access === "write" && connected.embedded?.role === "holder") yield* Leases.endAll(database.db)
    const log = EventLogPostgres.make(database.db, database.lend)
    const onlooker = (yield* Observation)?.ofProjections
    const projections = Projections.keeper(database, log, registry, invocation, onlooker)
    if (access === "write") yield* projections.prepare
    const catalogue = RunCatalogue.make(database.db, where)
    return { log, catalogue, database, registry, projections, where, ...(url === undefined ? {} : { url }) }
  })
