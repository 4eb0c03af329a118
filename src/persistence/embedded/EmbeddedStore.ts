/**
 * A Postgres without a server: PGlite in a directory, reached over a socket like any other.
 *
 * Whoever opens the directory first holds it and runs PGlite in threads of its own process; others read through
 * the holder as its guests. So `pg` serves both stores, `psql` works, and a statement never makes a tick late.
 *
 *   process (main thread)            gate thread                     PGlite's thread
 *   pool ------ owner's socket ----> turns, limits, refusals ------> one session, blocks while it works
 *   guests ---- readers' socket --->   ends and restarts it   <----- answers
 */

import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { holderPatienceMs, readerStatementLimitMs } from "../../domain/Limits.ts"
import { type DataOptions, makeDirectory, pgdataOf, prepareData } from "./DataDirectory.ts"
import { attempt, EmbeddedFailed } from "./EmbeddedFailed.ts"
import type { GateStart } from "./GateProtocol.ts"
import { openGate, startGate } from "./GateThread.ts"
import { currentHolder, type Holder, type Lock, takeLock } from "./Lock.ts"
import { makeSocketDirectory, removeSocketDirectory } from "./Sockets.ts"

export { EmbeddedFailed }

/** Another process holds the store. */
export class StoreHeld extends Data.TaggedError("StoreHeld")<{
  readonly directory: string
  readonly pid: number
  readonly host: string
  /** ISO 8601. */
  readonly since: string
}> {
  override get message(): string {
    return `Cannot open the store in ${this.directory}: one process at a time may write to it, and process ${this.pid} on ${this.host} has held it since ${this.since}`
  }
}

/** There is no store to read, and none was made. */
export class StoreMissing extends Data.TaggedError("StoreMissing")<{ readonly directory: string }> {
  override get message(): string {
    return `Cannot read a store in ${this.directory}: there is none`
  }
}

export interface Options extends DataOptions {
  /** `write` holds the store or fails; `read` is a guest of the holder, or holds a store that nobody holds. */
  readonly access: "write" | "read"
  /** Milliseconds that a reader's statement may take. */
  readonly readerStatementLimitMs?: number
}

/** Where a Postgres client connects. A `host` that starts with `/` is a directory of Unix sockets. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
}

export interface EmbeddedStore {
  readonly directory: string
  readonly role: "holder" | "guest"
  /** For everybody: reads only, within limits. */
  readonly reader: Address
  /** For this process alone, without limits; undefined for a guest. */
  readonly owner: Address | undefined
  /** Whether the store was made just now. */
  readonly firstStart: boolean
  /** The holder's. */
  readonly pid: number
  /** Fails when the store is lost for good while it is open; a guest is not told. */
  readonly lost: Effect.Effect<never, EmbeddedFailed>
}

const user = "postgres"
const database = "postgres"
const lockPollMs = 50

const held = (directory: string, holder: Holder): StoreHeld =>
  new StoreHeld({ directory, pid: holder.pid, host: holder.host, since: holder.since })

const guestOf = (directory: string, holder: Holder): EmbeddedStore => ({
  directory,
  role: "guest",
  reader: {
    host: holder.address?.host ?? "",
    port: holder.address?.port ?? 0,
    user,
    password: holder.address?.password ?? undefined,
    database,
  },
  owner: undefined,
  firstStart: false,
  pid: holder.pid,
  lost: Effect.never,
})

type Claim = { readonly lock: Lock } | { readonly heldBy: Holder }

/** One try at the lock, which is given back with the scope. */
const tryClaim = (directory: string, access: Options["access"]) =>
  attempt(directory, "lock", () => takeLock(directory, access)).pipe(
    Effect.tap((taken) => {
      if (!("lock" in taken)) return Effect.void
      for (const { host } of taken.leftovers.addresses) removeSocketDirectory(host)
      return Effect.addFinalizer(() => Effect.ignore(Effect.try(() => taken.lock.release())))
    }),
    Effect.uninterruptible,
  )

/** The lock, or the holder to be a guest of. Waits while a holder starts up, and as a writer for a reader. */
const claim = Effect.fn(function* (directory: string, access: Options["access"]) {
  const deadline = performance.now() + holderPatienceMs
  for (;;) {
    const claimed: Claim = yield* tryClaim(directory, access)
    if ("lock" in claimed || (access === "read" && claimed.heldBy.address !== null)) return claimed
    const worthWaiting = access === "read" || claimed.heldBy.access === "read"
    if (!worthWaiting || performance.now() > deadline)
      return yield* Effect.fail(held(directory, claimed.heldBy))
    yield* Effect.sleep(lockPollMs)
  }
})

const hold = Effect.fn(function* (options: Options, lock: Lock) {
  const { directory } = options
  const socketDirectory = yield* Effect.acquireRelease(Effect.promise(makeSocketDirectory), (made) =>
    Effect.sync(() => made !== undefined && removeSocketDirectory(made)),
  )
  const ownerPassword = randomBytes(24).toString("base64url")
  const readerPassword = socketDirectory === undefined ? randomBytes(24).toString("base64url") : undefined
  const lost = yield* Deferred.make<never, EmbeddedFailed>()
  const start: GateStart = {
    pgdata: pgdataOf(directory),
    socketDirectory,
    ownerPassword,
    readerPassword,
    readerLimitMs: options.readerStatementLimitMs ?? readerStatementLimitMs,
  }
  const thread = yield* startGate(directory, start, lost)
  const firstStart = yield* attempt(directory, "prepare", () => prepareData(options))
  const gate = yield* Effect.raceFirst(openGate(thread), Deferred.await(lost))
  const host = socketDirectory ?? "127.0.0.1"
  const address = { host, port: gate.readerPort, password: readerPassword ?? null }
  yield* attempt(directory, "lock", () => lock.publish(address))
  const store: EmbeddedStore = {
    directory,
    role: "holder",
    reader: { host, port: gate.readerPort, user, password: readerPassword, database },
    owner: { host, port: gate.ownerPort, user, password: ownerPassword, database },
    firstStart,
    pid: lock.holder.pid,
    lost: Deferred.await(lost),
  }
  return store
})

/** Throws where one may not look, which is not the same as that nothing is there. */
const isThere = (directory: string): boolean =>
  fs.statSync(pgdataOf(directory), { throwIfNoEntry: false }) !== undefined ||
  whoHolds(directory) !== undefined

/** Opens the store for as long as the scope lasts. */
export const open = (
  options: Options,
): Effect.Effect<EmbeddedStore, StoreHeld | StoreMissing | EmbeddedFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = path.resolve(options.directory)
    const exists = yield* attempt(directory, "prepare", () => isThere(directory))
    if (options.access === "read" && !exists) return yield* Effect.fail(new StoreMissing({ directory }))
    yield* attempt(directory, "prepare", () => makeDirectory(directory))
    const claimed = yield* claim(directory, options.access)
    return "lock" in claimed
      ? yield* hold({ ...options, directory }, claimed.lock)
      : guestOf(directory, claimed.heldBy)
  })

/** The live process that holds the store in a directory, if any. Makes nothing. */
export const whoHolds = (directory: string): Holder | undefined => {
  try {
    return currentHolder(directory)
  } catch {
    return undefined
  }
}
