/**
 * A bounded pool of `pg` on a checked URL, which also works behind a transaction-mode pooler.
 *
 * `pg` fills whatever it is not given from PG* variables and ~/.pgpass, so that PGOPTIONS alone would break
 * every pooler; hence the client below says itself what it starts with. The pool connects once when it is
 * made: that settles TLS or plain text for `prefer` and `allow`, and whoever cannot get in learns it there.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import pg from "pg"
import * as Limits from "../domain/Limits.ts"
import { columnTypes } from "./ColumnTypes.ts"
import type { DatabaseUrl } from "./DatabaseUrl.ts"
import { connectionError, type StoreError, StoreRefused } from "./StoreError.ts"
import { isTransportRefused, type Transport, transportsFor } from "./Tls.ts"

export interface ConnectionPool {
  /** For Kysely's `PostgresDialect({ pool })`. */
  readonly pool: pg.Pool
  /** Whether the connections are encrypted, as the server and `sslmode` agreed. */
  readonly encrypted: boolean
  /** A connection of its own, closed with its scope. */
  readonly dedicatedClient: (options?: {
    readonly pipeline?: boolean
  }) => Effect.Effect<pg.Client, StoreError, Scope.Scope>
}

export interface ConnectionPoolOptions {
  readonly maxConnections?: number
  /** Idle connections stay, with no timer that would close them; for an instance that may be frozen between requests. */
  readonly keepIdle?: boolean
  /** Where `.postgresql/root.crt` is looked for. */
  readonly home?: string
}

/** Before a password leaves: the server must authenticate as the URL demands, and there must be a password. */
const passwordFor = (url: DatabaseUrl, bindingOffered: boolean): string => {
  if (url.channelBinding === "require" && !bindingOffered) {
    const remedy = "it must offer channel binding (SCRAM over TLS), as channel_binding=require says"
    throw new StoreRefused({ where: url.display, remedy, reason: "another authentication", cause: undefined })
  }
  if (url.password !== undefined) return Redacted.value(url.password)
  const remedy = "it asks for a password, which the URL or PGPASSWORD must give"
  throw new StoreRefused({ where: url.display, remedy, reason: "neither", cause: undefined })
}

type Config = pg.ClientConfig & { readonly url: DatabaseUrl }

class PlainClient extends pg.Client {
  private readonly url: DatabaseUrl

  constructor(config: Config) {
    const { url } = config
    let bindingOffered = false
    super({
      ...config,
      password: () => passwordFor(url, bindingOffered),
    })
    this.url = url
    this.connection.on("authenticationSASL", ({ mechanisms }: { mechanisms: ReadonlyArray<string> }) => {
      bindingOffered = mechanisms.includes("SCRAM-SHA-256-PLUS")
    })
    // A connection that breaks between two statements says so to the next; unheard, it would end the process.
    this.on("error", () => {})
  }

  /** What `pg` starts a connection with; its own adds options, time limits and PG* variables. */
  getStartupConf(): Record<string, string> {
    const { user, database, applicationName } = this.url
    return { user, database, ...(applicationName === undefined ? {} : { application_name: applicationName }) }
  }
}

const configFor = (url: DatabaseUrl, ssl: Transport): Config => ({
  url,
  host: url.host,
  port: url.port,
  user: url.user,
  database: url.database,
  ssl,
  sslnegotiation: "postgres",
  enableChannelBinding: url.channelBinding === "require",
  client_encoding: "UTF8",
  types: columnTypes,
  keepAlive: true,
  connectionTimeoutMillis: url.connectTimeoutMs ?? Limits.connectTimeoutMs,
})

const cut = (client: pg.Client | pg.PoolClient): void => {
  ;(client as pg.Client).connection.stream.destroy()
}

/**
 * Closes in good order; what has not closed in time, such as a statement that hangs, is cut. A race of
 * promises, as a finalizer cannot be interrupted and `Effect.timeout` would wait for what it limits.
 */
const closeOrCut = (close: () => Promise<void>, open: () => Iterable<pg.Client | pg.PoolClient>) =>
  Effect.promise(async () => {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Limits.closeConnectionTimeoutMs)
    })
    await Promise.race([close().catch(() => {}), limit])
    clearTimeout(timer)
    for (const client of open()) cut(client)
  })

const makePool = (
  config: Config,
  { maxConnections = Limits.maxPoolConnections, keepIdle = false }: ConnectionPoolOptions,
): Effect.Effect<pg.Pool, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const pool = new pg.Pool({
          ...config,
          Client: PlainClient as unknown as new () => pg.ClientBase,
          max: maxConnections,
          idleTimeoutMillis: keepIdle ? 0 : Limits.idleConnectionTimeoutMs,
          allowExitOnIdle: true,
        })
        const open = new Set<pg.PoolClient>()
        pool.on("connect", (client) => open.add(client))
        pool.on("remove", (client) => open.delete(client))
        // The pool replaces an idle connection that breaks.
        pool.on("error", () => {})
        return { pool, open }
      }),
      ({ pool, open }) =>
        closeOrCut(
          () => pool.end(),
          () => open,
        ),
    ),
    ({ pool }) => pool,
  )

const connected = (config: Config): Effect.Effect<pg.Client, unknown, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new PlainClient(config)),
    (client) =>
      closeOrCut(
        () => client.end(),
        () => [client],
      ),
  ).pipe(Effect.tap((client) => Effect.tryPromise({ try: () => client.connect(), catch: (cause) => cause })))

/** The first of the transports on which the server lets us in. */
const agreed = (
  url: DatabaseUrl,
  [transport, ...others]: readonly [Transport, ...ReadonlyArray<Transport>],
): Effect.Effect<Transport, StoreError> => {
  const [next, ...rest] = others
  return Effect.scoped(connected(configFor(url, transport))).pipe(
    Effect.as(transport),
    Effect.catchAll((cause) =>
      next !== undefined && isTransportRefused(cause)
        ? agreed(url, [next, ...rest])
        : Effect.fail(connectionError(cause, url)),
    ),
  )
}

/** Connects once, then gives the pool; it closes with the scope. Fails with exit code 3's errors. */
export const connectionPool = (
  url: DatabaseUrl,
  options: ConnectionPoolOptions = {},
): Effect.Effect<ConnectionPool, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const transport = yield* agreed(url, yield* transportsFor(url, options.home))
    const config = configFor(url, transport)
    const pool = yield* makePool(config, options)
    return {
      pool,
      encrypted: transport !== false,
      dedicatedClient: (dedicated = {}) =>
        Effect.mapError(connected({ ...config, ...dedicated }), (cause) => connectionError(cause, url)),
    }
  }).pipe(Effect.withSpan("ConnectionPool.open", { attributes: { where: url.display } }))
