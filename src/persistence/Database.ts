/**
 * A Postgres, native or embedded, as Kysely over a bounded pool. Nothing is sent at start-up but user, database
 * and encoding, no statement is named and no session is set up, so a transaction-mode pooler may stand between.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import * as Limits from "../domain/Limits.ts"
import { columnTypes } from "./ColumnTypes.ts"
import type { DatabaseUrl } from "./DatabaseUrl.ts"
import { connectionError, type StoreError, type StorePlace } from "./StoreError.ts"
import type { Tables } from "./Tables.ts"
import * as Tls from "./Tls.ts"

export interface Database {
  readonly db: Kysely<Tables>
  /** For a connection of its own, such as a stranger's query has: it never gets in the recorder's way. */
  readonly stranger: pg.ClientConfig
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

/** Connects once and lets go, to learn whether and how the store lets us in. */
const tryOnce = async (connection: pg.ClientConfig): Promise<void> => {
  const client = new pg.Client(connection)
  client.on("error", () => {})
  try {
    await client.connect()
  } finally {
    await client.end().catch(() => {})
  }
}

/** Opens what `connection` says, which has been seen to answer. */
export const open = (
  connection: pg.ClientConfig,
  stranger: pg.ClientConfig = connection,
): Effect.Effect<Database, never, Scope.Scope> =>
  Effect.map(pool(connection), (made) => ({
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: made }) }),
    stranger,
  }))

/** How a pool of ours talks to any Postgres. */
export const clientConfig = (fields: pg.ClientConfig): pg.ClientConfig => ({
  connectionTimeoutMillis: Limits.connectTimeoutMs,
  keepAlive: true,
  types: columnTypes,
  ...fields,
})

const configOf = (url: DatabaseUrl): pg.ClientConfig =>
  clientConfig({
    host: url.host,
    port: url.port,
    user: url.user,
    database: url.database,
    password: url.password === undefined ? "" : Redacted.value(url.password),
    ...(url.connectTimeoutMs === undefined ? {} : { connectionTimeoutMillis: url.connectTimeoutMs }),
    ...(url.applicationName === undefined ? {} : { application_name: url.applicationName }),
  })

/** The first way of talking, TLS or plain, that the server and `sslmode` agree on. */
const agreed = (
  connection: pg.ClientConfig,
  transports: ReadonlyArray<Tls.Transport>,
  place: StorePlace,
): Effect.Effect<pg.ClientConfig, StoreError> => {
  const [ssl, ...others] = transports
  const config = { ...connection, ssl: ssl ?? false }
  return Effect.tryPromise({ try: () => tryOnce(config), catch: (cause) => cause }).pipe(
    Effect.as(config),
    Effect.catchAll((cause) =>
      others.length > 0 && Tls.isTransportRefused(cause)
        ? agreed(connection, others, place)
        : Effect.fail(connectionError(cause, place)),
    ),
  )
}

export const openNative = (url: DatabaseUrl): Effect.Effect<Database, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const transports = yield* Tls.transportsFor(url)
    return yield* open(yield* agreed(configOf(url), transports, url))
  }).pipe(Effect.withSpan("Database.open", { attributes: { where: url.display } }))
