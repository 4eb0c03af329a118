/** The embedded store as a database: the owner's pool past the gate's limits, strangers and guests within them. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { connectionPool } from "./ConnectionPool.ts"
import * as Database from "./Database.ts"
import type { DatabaseUrl } from "./DatabaseUrl.ts"
import * as EmbeddedStore from "./embedded/EmbeddedStore.ts"
import * as InitialSchema from "./InitialSchema.ts"
import type { StoreError } from "./StoreError.ts"

export interface EmbeddedOptions {
  readonly directory: string
  readonly access: "read" | "write"
  readonly onNotice: (text: string) => void
  /** Milliseconds that a reader's statement may take. */
  readonly readerStatementLimitMs?: number
}

export interface EmbeddedDatabase extends Database.Database {
  /** Where others reach it while it is open. */
  readonly reader: EmbeddedStore.Address
  readonly role: EmbeddedStore.EmbeddedStore["role"]
  readonly lost: EmbeddedStore.EmbeddedStore["lost"]
}

export type EmbeddedFailure =
  | EmbeddedStore.StoreHeld
  | EmbeddedStore.StoreMissing
  | EmbeddedStore.EmbeddedFailed
  | StoreError

const urlOf = (
  { host, port, user, password, database }: EmbeddedStore.Address,
  display: string,
): DatabaseUrl => ({
  host,
  port,
  user,
  database,
  password: password === undefined ? undefined : Redacted.make(password),
  sslmode: "disable",
  sslrootcert: undefined,
  sslcert: undefined,
  sslkey: undefined,
  channelBinding: "disable",
  applicationName: undefined,
  connectTimeoutMs: undefined,
  display,
})

export const openEmbedded = (
  options: EmbeddedOptions,
): Effect.Effect<EmbeddedDatabase, EmbeddedFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { reader, owner, role, lost } = yield* EmbeddedStore.open({
      ...options,
      schema: InitialSchema.initialSchema,
    })
    const { db } = yield* Database.open(urlOf(owner ?? reader, options.directory))
    const strangers = connectionPool(urlOf(reader, options.directory), { maxConnections: 1 })
    return { db, stranger: Effect.flatMap(strangers, (pool) => pool.dedicatedClient()), reader, role, lost }
  }).pipe(Effect.withSpan("EmbeddedDatabase.open", { attributes: { directory: options.directory } }))
