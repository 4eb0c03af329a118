/**
 * The thread of `Following`: brings the projections of one run up now and then, by COPY, which costs a fifth of following
 * it closely, and says which of them have failed.
 */
import { readlinkSync } from "node:fs"
import { constants, setPriority } from "node:os"
import { basename } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type pg from "pg"
import * as Limits from "../domain/Limits.ts"
import * as Database from "../persistence/Database.ts"
import type { DatabaseUrl } from "../persistence/DatabaseUrl.ts"
import * as Environment from "../persistence/Environment.ts"
import * as EventLogPostgres from "../persistence/EventLogPostgres.ts"
import type { Failure } from "../persistence/projection/Cursor.ts"
import * as ProjectionKeeper from "../persistence/projection/ProjectionKeeper.ts"
import type { Span } from "../telemetry/Span.ts"
import * as Following from "./Following.ts"
import * as Projections from "./Projections.ts"

/** What it is started with. */
export interface Given {
  readonly url: Omit<DatabaseUrl, "password"> & { readonly password: string | undefined }
  readonly run: string
  /** Whether somebody takes spans. */
  readonly isObserved: boolean
}

/** A projection, by its name, that has failed; or what has been taken in of traced messages. */
export type Said =
  | (Omit<Failure, "projection"> & { readonly projection: string })
  | { readonly spans: ReadonlyArray<Span> }

const { url, run, isObserved } = workerData as Given
const password = url.password === undefined ? undefined : Redacted.make(url.password)

const say = ({ projection, ...failure }: Failure): void => {
  const said: Said = { projection: projection.name, ...failure }
  // What a projection keeps is JSON, and may hold on to what cannot be handed over.
  parentPort!.postMessage(JSON.parse(JSON.stringify(said)))
}

/** Spans go to the thread that started this one, which has somebody to send them to. */
const onlooker = Effect.gen(function* () {
  if (!isObserved) return undefined
  const variables = yield* Environment.openTelemetry
  const { ofProjections } = yield* Effect.promise(() => import("../telemetry/Telemetry.ts"))
  return ofProjections(variables, (span) => parentPort!.postMessage({ spans: [span] } satisfies Said))
})

/** Behind the thread that ticks, where threads have priorities of their own and names to call them by: on Linux. */
const giveWay = (): void => {
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), constants.priority.PRIORITY_LOW)
  } catch {
    // As good as the others then.
  }
}

giveWay()
await Effect.gen(function* () {
  const registry = yield* Projections.registry
  const database = yield* Database.open({ ...url, password })
  const log = EventLogPostgres.make(database.db, database.lend)
  const silent = { onNotice: () => Effect.void, onProgress: () => {}, onlooker: yield* onlooker }
  /** For what is read and written in bulk; kept from turn to turn, as to connect costs the store as much as some turns do. */
  let clients: ReadonlyArray<pg.Client> = []
  let lent = 0
  const bulk = Effect.sync(() => clients[lent++ % clients.length]!)
  const keeper = ProjectionKeeper.make({ ...database, bulk }, log, registry, { ...silent, onFailure: say })
  const following = Effect.gen(function* () {
    clients = [yield* database.bulk!, yield* database.bulk!]
    const turn = Effect.zipRight(keeper.catchUp(run), Effect.sleep(Limits.busyFollowPollMs))
    return yield* Effect.forever(turn)
  })
  // Where a turn fails, nobody knows in what state the connections are.
  return yield* Following.repeated(Effect.scoped(following), Limits.busyFollowPollMs)
}).pipe(Effect.scoped, Effect.runPromise)
