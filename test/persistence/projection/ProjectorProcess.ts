/**
 * Writes a log in random batches and projects it meanwhile, with a keeper and a projector of its own at once, from
 * wherever the store is. Several such processes may be at one run; each may be killed at any moment.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EventLogShape } from "../../../src/domain/EventLog.ts"
import { registry } from "../../../src/domain/projections/Registered.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as Database from "../../../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../../../src/persistence/DatabaseUrl.ts"
import { openEmbedded } from "../../../src/persistence/EmbeddedDatabase.ts"
import * as EventLogPostgres from "../../../src/persistence/EventLogPostgres.ts"
import type { Writer } from "../../../src/persistence/projection/Advance.ts"
import type { NewRows } from "../../../src/persistence/projection/Batch.ts"
import * as CopyWriter from "../../../src/persistence/projection/CopyWriter.ts"
import { Failures } from "../../../src/persistence/projection/Failures.ts"
import * as Generations from "../../../src/persistence/projection/Generations.ts"
import * as Projector from "../../../src/persistence/projection/Projector.ts"
import * as StatementWriter from "../../../src/persistence/projection/StatementWriter.ts"
import { type Job, logOf, runOf } from "./ProjectionLog.ts"

const job: Job = JSON.parse(process.argv[2]!)
const run = runOf(job.seed)
const events = logOf(job.seed)
const draw = Random.draws(job.draw, Random.Purpose.fault, 8)

const open: Effect.Effect<Database.Database, unknown, Scope.Scope> =
  job.url === undefined
    ? openEmbedded({ directory: job.directory!, access: "write", onNotice: () => {} })
    : Effect.flatMap(decodeDatabaseUrl(job.url), Database.open)

const append = (log: EventLogShape): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    const { position } = yield* log.head(run)
    if (position >= events.length) return
    const batch = events.slice(position, position + 1 + Random.below(draw(), 250))
    const ownership = { run, owner: "writer", epoch: 1 }
    // Another process may have been faster; then the head is looked at again.
    yield* Effect.catchTag(
      log.append(ownership, position, `${process.pid}/${position}`, batch),
      "HeadMismatch",
      () => Effect.void,
    )
    yield* Effect.sleep(Random.below(draw(), 10))
    yield* Effect.suspend(() => append(log))
  })

const work = Effect.gen(function* () {
  const database = yield* open
  const log = EventLogPostgres.make(database.db)
  yield* Effect.ignore(log.create(run, "writer"))
  const client = job.copy ? yield* database.bulk! : undefined
  const { current } = yield* Effect.promise(() => Generations.ensure(database.db, registry))
  const projectorOf = <R extends NewRows>(writer: Writer<R>) =>
    Projector.make({
      db: database.db,
      log,
      writer,
      failures: new Failures(),
      batchEvents: 1 + Random.below(draw(), 300),
      onFailure: ({ projection, reason }) => {
        throw new Error(`projection ${projection.name} failed: ${reason}`)
      },
    })
  process.stdout.write("begun\n")
  // Two that share a connection for COPY would be in each other's transaction.
  const own =
    client === undefined
      ? [1, 2].map(() => projectorOf(StatementWriter.make(database.db)))
      : [projectorOf(CopyWriter.make(client))]
  const written = yield* Effect.fork(append(log))
  const project = (projector: Projector.Projector): Effect.Effect<unknown, unknown> =>
    Effect.gen(function* () {
      const last = (yield* log.head(run)).position >= events.length
      yield* projector.catchUp(run, current)
      if (!last) yield* Effect.suspend(() => project(projector))
    })
  yield* Effect.forEach(own, project, { concurrency: "unbounded" })
  yield* written.await
}).pipe(Effect.scoped)

await Effect.runPromise(work)
process.exit(0)
