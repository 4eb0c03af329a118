/**
 * A Postgres, native or embedded, as Kysely over a bounded pool. Nothing is sent at start-up but user, database
 * and encoding, no statement is named and no session is set up, so a transaction-mode pooler may stand between.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import * as Limits from "../domain/Limits.ts"
import type { DatabaseUrl } from "./DatabaseUrl.ts"
import { reasonOf } from "./StoreErrors.ts"
import type { Tables } from "./Tables.ts"
import * as Tls from "./Tls.ts"

export interface Database {
  readonly db: Kysely<Tables>
  /** For a connection of its own, such as a stranger's query has: it never gets in the recorder's way. */
  readonly stranger: pg.ClientConfig
}

/** The server cannot be reached, or does not answer. */
export class StoreUnreachable extends Data.TaggedError("StoreUnreachable")<{
  readonly where: string
  readonly reason: string
}> {
  override get message() {
    return `Cannot reach the store at ${this.where}: ${this.reason}`
  }
}

/** The server is there and does not let us in. */
export class StoreRefused extends Data.TaggedError("StoreRefused")<{
  readonly where: string
  readonly reason: string
}> {
  override get message() {
    return `Cannot open the store at ${this.where}: ${this.reason}`
  }
}

const int8 = 20
const timestamptz = 1184

/** Whole numbers as numbers, times as Postgres writes them: a Date would lose the microseconds. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (oid === int8) return Number
    if (oid === timestamptz) return String
    return pg.types.getTypeParser(oid, format as "text")
  }) as pg.CustomTypesConfig["getTypeParser"],
}

const hintOf = (cause: unknown): string => {
  const code = (cause as { code?: string }).code ?? ""
  if (/CERT|SIGNATURE|ALTNAME/.test(code))
    return "; name the certificate authority with sslrootcert=FILE, or see sslmode"
  if (code === "42501") return "; grant the role what it lacks"
  return ""
}

const failure = (where: string, cause: unknown): StoreUnreachable | StoreRefused => {
  const code = (cause as { code?: string }).code ?? ""
  const reason = `${reasonOf(cause)}${hintOf(cause)}`
  const refused = /^(28|3D|42|53)/.test(code) || /CERT|SIGNATURE|ALTNAME/.test(code)
  return refused ? new StoreRefused({ where, reason }) : new StoreUnreachable({ where, reason })
}

const pool = (connection: pg.ClientConfig): Effect.Effect<pg.Pool, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const made = new pg.Pool({
        ...connection,
        max: Limits.maxPoolConnections,
        idleTimeoutMillis: Limits.idleConnectionTimeoutMs,
      })
      // An idle connection that breaks is replaced by the pool; whoever uses one hears of it by the query.
      made.on("error", () => {})
      return made
    }),
    (made) => Effect.promise(() => made.end()),
  )

const checked = (made: pg.Pool): Promise<void> => made.connect().then((client) => client.release())

/** Opens what `connection` says, checking that it answers. */
export const open = (
  connection: pg.ClientConfig,
  where: string,
  stranger: pg.ClientConfig = connection,
): Effect.Effect<Database, StoreUnreachable | StoreRefused, Scope.Scope> =>
  Effect.gen(function* () {
    const made = yield* pool(connection)
    yield* Effect.tryPromise({ try: () => checked(made), catch: (cause) => failure(where, cause) })
    return { db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: made }) }), stranger }
  }).pipe(Effect.withSpan("Database.open", { attributes: { where } }))

const configOf = (url: DatabaseUrl): pg.ClientConfig => ({
  host: url.host,
  port: url.port,
  user: url.user,
  database: url.database,
  password: url.password === undefined ? "" : Redacted.value(url.password),
  connectionTimeoutMillis: url.connectTimeoutMs ?? Limits.connectTimeoutMs,
  keepAlive: true,
  types,
  ...(url.applicationName === undefined ? {} : { application_name: url.applicationName }),
})

export const openNative = (
  url: DatabaseUrl,
): Effect.Effect<Database, StoreUnreachable | StoreRefused, Scope.Scope> =>
  Effect.gen(function* () {
    const timeoutMs = url.connectTimeoutMs ?? Limits.connectTimeoutMs
    const ssl = yield* Effect.tryPromise({
      try: () => Tls.options(url, timeoutMs),
      catch: (cause) => failure(url.display, cause),
    })
    const opened = open({ ...configOf(url), ssl }, url.display)
    if (url.sslmode !== "allow") return yield* opened
    return yield* Effect.catchTag(opened, "StoreRefused", () =>
      open({ ...configOf(url), ssl: Tls.insisted }, url.display),
    )
  })
