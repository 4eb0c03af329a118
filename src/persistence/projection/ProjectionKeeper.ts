/**
 * Keeps the projections of a store: makes their tables, builds those whose version changed, follows runs, brings
 * up what lags, and builds anew what somebody wants built anew.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { sql } from "kysely"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { ProjectionOnlooker } from "../../domain/Onlooker.ts"
import type { Projection } from "../../domain/projections/Projection.ts"
import type { Database } from "../Database.ts"
import * as Query from "../Query.ts"
import type { StoreError } from "../StoreError.ts"
import type { Failure } from "./Cursor.ts"
import { Failures } from "./Failures.ts"
import * as Generations from "./Generations.ts"
import * as Projector from "./Projector.ts"
import * as StatementWriter from "./StatementWriter.ts"

export interface Lag {
  readonly run: string
  readonly projection: string
  readonly position: number
  readonly head: number
  /** Whether somebody is writing the run, who keeps its projections current as well. */
  readonly leased: boolean
}

export interface Watcher {
  readonly onNotice: (text: string) => Effect.Effect<void>
  readonly onFailure: (failure: Failure) => void
  /** Events that have been taken, of those that are to be. */
  readonly onProgress: (done: number, total: number) => void
  readonly onlooker?: ProjectionOnlooker | undefined
}

type Fails = StoreUnavailable | StoreError

export interface ProjectionKeeper {
  /** Makes the tables that are missing, and builds what another version made. Says what it builds. */
  readonly prepare: Effect.Effect<void, Fails>
  /** Keeps the projections of a run that is being written current; never ends by itself. */
  readonly follow: (run: string) => Effect.Effect<never, RunUnknown | StoreUnavailable>
  /** Another keeper, which follows a run for this one, has seen a projection fail: it is told, and left alone there. */
  readonly heard: (failure: Failure) => void
  /** Up to the run's present head. */
  readonly catchUp: (run: string) => Effect.Effect<void, Fails>
  /** All runs, but for those that somebody is writing unless they are asked for. */
  readonly catchUpAll: (options?: { readonly leasedToo: boolean }) => Effect.Effect<void, Fails>
  readonly lagging: Effect.Effect<ReadonlyArray<Lag>, StoreUnavailable>
  /** Builds tables anew beside those in use, then shows them; the names of those that are shown. */
  readonly rebuild: (projections: ReadonlyArray<Projection>) => Effect.Effect<ReadonlyArray<string>, Fails>
}

interface LagRow {
  readonly run_id: string
  readonly projection: string
  readonly position: number
  readonly head: number
  readonly leased: boolean
}

const lagsOf = (db: Query.Db, generations: ReadonlyArray<Generations.Generation>) =>
  Effect.map(
    Query.run("look which runs their projections lag behind", () =>
      sql<LagRow>`
        select h.run_id, h.head, p.projection, coalesce(c.position, 0) as position,
          coalesce(h.lease_until > clock_timestamp(), false) as leased
        from lightcone.run_heads h
        cross join unnest(${names(generations)}::text[], ${numbers(generations)}::integer[])
          as p (projection, generation)
        left join lightcone.checkpoints c on c.run_key = h.run_key
          and c.projection = p.projection and c.generation = p.generation
        where coalesce(c.position, 0) < h.head
        order by h.run_key`.execute(db),
    ),
    ({ rows }) => rows.map(({ run_id, ...lag }): Lag => ({ run: run_id, ...lag })),
  )

const names = (generations: ReadonlyArray<Generations.Generation>): ReadonlyArray<string> =>
  generations.map(({ projection }) => projection.name)

const numbers = (generations: ReadonlyArray<Generations.Generation>): ReadonlyArray<number> =>
  generations.map(({ generation }) => generation)

/** By run, from where to where its slowest projection has to go. */
const distances = (lags: ReadonlyArray<Lag>): ReadonlyMap<string, { from: number; to: number }> => {
  const found = new Map<string, { from: number; to: number }>()
  for (const { run, position, head } of lags) {
    const before = found.get(run)
    if (before === undefined) found.set(run, { from: position, to: head })
    else before.from = Math.min(before.from, position)
  }
  return found
}

const showAgain = Schedule.intersect(
  Schedule.spaced(Duration.millis(Limits.minBackoffMs)),
  Schedule.recurs(Limits.maxShowAttempts),
)

export const make = (
  database: Pick<Database, "db" | "bulk">,
  log: EventLogShape,
  registry: ReadonlyArray<Projection>,
  watcher: Watcher,
): ProjectionKeeper => {
  const { db } = database
  const failures = new Failures()
  const { onFailure, onlooker } = watcher
  const common = { db, log, failures, onFailure, onlooker }
  const byStatement = StatementWriter.make(db)
  const live = Projector.make({
    ...common,
    writer: byStatement,
    batchEvents: Limits.eventsPerLiveProjection,
  })

  /** How much is read and written: by COPY, each way on a connection of its own; loaded when there is much. */
  const byCopy = (bulk: NonNullable<Database["bulk"]>) =>
    Effect.gen(function* () {
      const [{ make }, { read }] = yield* Effect.promise(() =>
        Promise.all([import("./CopyWriter.ts"), import("../BinaryLog.ts")]),
      )
      const [writing, reading] = [yield* bulk, yield* bulk]
      return {
        writer: make(writing),
        readBinary: (runKey: number, after: number, limit: number) => read(reading, runKey, after, limit),
      }
    })

  const standing = Query.run("look at the projections", () => Generations.look(db, registry))

  /** Brings the runs of these lags up, by COPY where there is one and enough to do. */
  const bringUp = (lags: ReadonlyArray<Lag>, generations: ReadonlyArray<Generations.Generation>) =>
    Effect.gen(function* () {
      const runs = distances(lags)
      const ways = [...runs.values()].map(({ from, to }) => to - from)
      const total = ways.reduce((sum, way) => sum + way, 0)
      let done = 0
      const { bulk } = database
      const onProgress = (run: string, position: number) =>
        watcher.onProgress(done + position - runs.get(run)!.from, total)
      const projector =
        bulk === undefined || total <= Limits.eventsPerPage
          ? Projector.make({
              ...common,
              onProgress,
              writer: byStatement,
              batchEvents: Limits.eventsPerStatementProjection,
            })
          : Projector.make({
              ...common,
              onProgress,
              ...(yield* byCopy(bulk)),
              batchEvents: Limits.eventsPerBulkProjection,
            })
      for (const [run, { from, to }] of runs) {
        // A run that was deleted meanwhile has nothing left to be projected.
        yield* Effect.catchTag(projector.catchUp(run, generations), "RunUnknown", () => Effect.void)
        done += to - from
      }
    }).pipe(Effect.scoped)

  const build = (generations: ReadonlyArray<Generations.Generation>) =>
    Effect.gen(function* () {
      const shown: Array<string> = []
      yield* bringUp(yield* lagsOf(db, generations), generations)
      for (const generation of generations) {
        const { name } = generation.projection
        if (failures.hasAny(generation)) {
          yield* watcher.onNotice(
            `projection ${name} was not built: it failed; what is shown stays as it was`,
          )
          continue
        }
        yield* Query.run(`index projection ${name}`, () => Generations.index(db, generation))
        const take = Query.run(`show projection ${name}`, () => Generations.take(db, generation))
        const taken = Effect.gen(function* () {
          if (yield* take) return
          yield* bringUp(yield* lagsOf(db, [generation]), [generation])
          return yield* Effect.fail("behind" as const)
        })
        yield* taken.pipe(
          Effect.retry({ while: (error) => error === "behind" || isLocked(error), schedule: showAgain }),
          Effect.catchAll((error) =>
            error === "behind" ? Effect.die(stillBehind(name)) : Effect.fail(error),
          ),
        )
        shown.push(name)
      }
      return shown
    })

  const prepare = Effect.gen(function* () {
    const { building, changed, later } = yield* Query.run("prepare the projections", () =>
      Generations.ensure(db, registry),
    )
    for (const { name, version } of later)
      yield* watcher.onNotice(
        `projection ${name} was made by version ${version} of it, which is later than ours: it is left as it is`,
      )
    for (const { name, from, to } of changed)
      yield* watcher.onNotice(
        from === to
          ? `projection ${name} has another table than before: building it anew`
          : `projection ${name} was of version ${from} and is now of version ${to}: building it anew`,
      )
    if (building.length > 0) yield* build(building)
  })

  const catchUpAll: ProjectionKeeper["catchUpAll"] = (options) =>
    Effect.gen(function* () {
      const { current } = yield* standing
      const lags = yield* lagsOf(db, current)
      yield* bringUp(
        lags.filter(({ leased }) => options?.leasedToo === true || !leased),
        current,
      )
    })

  const follow: ProjectionKeeper["follow"] = (run) =>
    Effect.gen(function* () {
      let { current } = yield* standing
      for (;;) {
        const gone = yield* live.catchUp(run, current)
        if (gone.length > 0) current = (yield* standing).current
        yield* Effect.sleep(Duration.millis(Limits.followPollMs))
      }
    })

  return {
    prepare,
    follow,
    heard: (failure) => {
      failures.add(failure.run, failure)
      onFailure(failure)
    },
    catchUp: (run) =>
      Effect.gen(function* () {
        const { current } = yield* standing
        const lags = yield* lagsOf(db, current)
        yield* bringUp(
          lags.filter((lag) => lag.run === run),
          current,
        )
      }),
    catchUpAll,
    lagging: Effect.flatMap(standing, ({ current }) => lagsOf(db, current)),
    rebuild: (projections) =>
      Effect.gen(function* () {
        const generations = yield* Effect.forEach(projections, (projection) =>
          Query.run(`build projection ${projection.name} anew`, () => Generations.begin(db, projection)),
        )
        return yield* build(generations)
      }),
  }
}

/** Somebody reads what is to be replaced. */
const isLocked = (error: StoreUnavailable | StoreError | "behind"): boolean =>
  error !== "behind" && (error.cause as { code?: string } | undefined)?.code === "55P03"

const stillBehind = (name: string): Error =>
  new Error(`projection ${name} stayed behind the one it replaces, whatever was caught up`)
