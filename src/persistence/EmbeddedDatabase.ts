/** The embedded store as a database: the owner's pool past the gate's limits, strangers and guests within them. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Database from "./Database.ts"
import * as EmbeddedStore from "./embedded/EmbeddedStore.ts"
import * as Migrator from "./Migrator.ts"
import { connectionError, type StoreError } from "./StoreError.ts"

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
  readonly holderPid: number
  readonly lost: EmbeddedStore.EmbeddedStore["lost"]
}

export type EmbeddedFailure =
  | EmbeddedStore.StoreHeld
  | EmbeddedStore.StoreMissing
  | EmbeddedStore.EmbeddedFailed
  | StoreError

const configOf = ({ host, port, user, password, database }: EmbeddedStore.Address) =>
  Database.clientConfig({ host, port, user, database, password: password ?? "" })

export const openEmbedded = (
  options: EmbeddedOptions,
): Effect.Effect<EmbeddedDatabase, EmbeddedFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* EmbeddedStore.open({ ...options, schema: Migrator.initialSchema })
    const database = yield* Database.open(configOf(store.owner ?? store.reader), configOf(store.reader))
    return { ...database, reader: store.reader, role: store.role, holderPid: store.pid, lost: store.lost }
  }).pipe(Effect.withSpan("EmbeddedDatabase.open", { attributes: { directory: options.directory } }))

/** The embedded store's failure behind a connection that broke. */
export const failureOf = (cause: unknown, directory: string): StoreError =>
  connectionError(cause, { display: directory, user: "postgres" })
