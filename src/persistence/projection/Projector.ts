/**
 * Brings projections up to the head of a run's log: reads events, applies them, and writes checkpoint and rows of
 * each projection in one transaction. Any number of projectors may be at it: whoever finds a checkpoint moved by
 * another writes nothing, looks again, and goes on from there.
 *
 * A batch is written while the next one is read and applied. It is some thousands of events at most, so memory
 * does not grow with the run.
 */
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { sql } from "kysely"
import type { Recorded } from "../../domain/ClockEvent.ts"
import { type EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { BatchOnlooker, ProjectionOnlooker } from "../../domain/Onlooker.ts"
import * as Query from "../Query.ts"
import { isOurDefect, reasonOf } from "../StoreError.ts"
import { type Advance, AdvanceRefused, type Writer } from "./Advance.ts"
import type { NewRows } from "./Batch.ts"
import * as Batch from "./Batch.ts"
import * as Cursor from "./Cursor.ts"
import type { Failures } from "./Failures.ts"
import type { Generation } from "./Generations.ts"

export interface Options<R extends NewRows> {
  readonly db: Query.Db
  readonly log: EventLogShape
  readonly writer: Writer<R>
  /** Reads a page faster than the log does, where there is such a way. */
  readonly readBinary?: (runKey: number, after: number, limit: number) => Promise<ReadonlyArray<Recorded>>
  /** The most events of one batch. */
  readonly batchEvents: number
  /** What is left alone from then on; projectors of one process share it. */
  readonly failures: Failures
  readonly onFailure: (failure: Cursor.Failure) => void
  /** Hears how far the slowest projection has come, after every batch. */
  readonly onProgress?: (run: string, position: number) => void
  readonly onlooker?: ProjectionOnlooker | undefined
}

export interface Projector {
  /**
   * Up to the head as it then is, in one run. What has failed in a run is left alone from then on. Gives back those
   * that are there no more: others have taken their place.
   */
  readonly catchUp: (
    run: string,
    generations: ReadonlyArray<Generation>,
  ) => Effect.Effect<ReadonlyArray<Generation>, RunUnknown | StoreUnavailable>
}

/** The table of a generation is gone, or its bookkeeping, or the run: they are looked for anew. */
const isGone = (cause: unknown): boolean =>
  ["42P01", "23503"].includes((cause as { code?: string }).code ?? "")

/** What stopped a round: a checkpoint that somebody else moved, an `apply` that threw, rows that the store refused. */
type Obstacle =
  | { readonly stale: true }
  | { readonly thrown: true }
  | { readonly refused: Advance; readonly reason: string }

/** What is being written, read and ticked goes on meanwhile. */
const letOthers = Effect.promise(() => setImmediate())

interface At {
  readonly projection: string
  readonly generation: number
  readonly position: number | null
  readonly state: unknown
}

export const make = <R extends NewRows>(options: Options<R>): Projector => {
  const { db, log, writer, failures } = options
  /** Where a projection will fail that has been seen to. */
  const failing = new Map<string, Cursor.Thrown>()

  const idOf = (run: string, { projection, generation }: Generation) =>
    `${run} ${projection.name} ${generation}`

  const fail = (
    run: string,
    generation: Generation,
    failure: Pick<Cursor.Failure, "event" | "state" | "reason">,
  ): void => {
    failures.add(run, generation)
    const { projection, generation: number } = generation
    options.onFailure({ projection, generation: number, run, ...failure })
  }

  const keyOf = (run: string) =>
    Effect.flatMap(
      Query.run(`look up run ${run}`, () =>
        db.selectFrom("lightcone.run_heads").select("run_key").where("run_id", "=", run).execute(),
      ),
      ([row]) => (row === undefined ? Effect.fail(new RunUnknown({ run })) : Effect.succeed(row.run_key)),
    )

  /** Where the generations that are still there stand in a run. */
  const cursorsOf = (runKey: number, generations: ReadonlyArray<Generation>) =>
    Effect.map(
      Query.run("read the projections' checkpoints", () =>
        sql<At>`
          select p.projection, p.generation, c.position, c.state
          from lightcone.projections p left join lightcone.checkpoints c
            on c.projection = p.projection and c.generation = p.generation and c.run_key = ${runKey}`.execute(
          db,
        ),
      ),
      ({ rows }) =>
        generations.flatMap((generation) => {
          const row = rows.find(
            (at) => at.projection === generation.projection.name && at.generation === generation.generation,
          )
          if (row === undefined) return []
          return row.position === null
            ? [Cursor.beginning(generation)]
            : [Cursor.at(generation, row.position, row.state)]
        }),
    )

  const readPage = (
    run: string,
    runKey: number,
    after: number,
    limit: number,
  ): Effect.Effect<ReadonlyArray<Recorded>, RunUnknown | StoreUnavailable> => {
    const { readBinary } = options
    return readBinary === undefined
      ? log.read({ run, after, limit })
      : Query.run(`read run ${run}`, () => readBinary(runKey, after, limit))
  }

  /** Whether a projection's new rows are worth keeping for later changes; until it is known they are. */
  const merging = new Map<string, boolean>()

  const stretchOf = (runKey: number, cursor: Cursor.Cursor) => {
    const { projection } = cursor.generation
    const merges = !writer.inOrder || (merging.get(projection.name) ?? true)
    const batch = Batch.make(projection, writer.newRows(projection, runKey), merges)
    return { cursor, stretch: Cursor.stretch(cursor, runKey, batch) }
  }

  type Stretches = ReadonlyArray<ReturnType<typeof stretchOf>>

  /**
   * Has every projection take a page. One that throws leaves its state half changed, so all go back to their
   * checkpoints, and that one then goes no further than to the event, where it is told of with the state it had.
   */
  const take = (run: string, stretches: Stretches, page: ReadonlyArray<Recorded>): Obstacle | undefined => {
    for (const { cursor, stretch } of stretches) {
      const { generation } = cursor
      if (failures.has(run, generation)) continue
      const id = idOf(run, generation)
      const known = failing.get(id)
      const ends =
        known === undefined ? -1 : page.findIndex(({ position }) => position === known.event.position)
      const thrown = stretch.take(ends < 0 ? page : page.slice(0, ends))
      if (thrown !== undefined) {
        failing.set(id, thrown)
        return { thrown: true }
      }
      if (ends >= 0) fail(run, generation, { ...known!, state: Cursor.asKept(cursor.state) })
    }
    return undefined
  }

  const finish = (stretches: Stretches): ReadonlyArray<Advance<R>> =>
    stretches.flatMap(({ stretch }) => {
      const advance = stretch.finish()
      if (advance === undefined) return []
      merging.set(advance.projection.name, advance.changes.merges)
      return [advance]
    })

  const write = (
    run: string,
    advances: ReadonlyArray<Advance<R>>,
    seen: BatchOnlooker | undefined,
  ): Effect.Effect<Obstacle | undefined, StoreUnavailable> =>
    Effect.tryPromise({
      try: async () => {
        const written = await writer.write(advances)
        // Here, as what is under way is written though whoever waits for it is interrupted; and what was written of it,
        // as another may have been ahead of us with some.
        seen?.written(written.map(({ projection, from, to }) => ({ projection: projection.name, from, to })))
        return written.length === advances.length
      },
      catch: (error) => error,
    }).pipe(
      Effect.map((done) => {
        if (!done) return { stale: true as const }
        options.onProgress?.(run, Math.min(...advances.map(({ to }) => to)))
        return undefined
      }),
      Effect.catchAll((error): Effect.Effect<Obstacle, StoreUnavailable> => {
        const cause = error instanceof AdvanceRefused ? error.cause : error
        if (isGone(cause)) return Effect.succeed({ stale: true })
        if (error instanceof AdvanceRefused && isOurDefect(cause))
          return Effect.succeed({ refused: error.advance, reason: reasonOf(cause) })
        return Effect.fail(
          new StoreUnavailable({ doing: "write projections", reason: reasonOf(cause), cause }),
        )
      }),
    )

  /** From the checkpoints to the head, or to an obstacle; the next page is read while one is applied. */
  const round = (run: string, runKey: number, cursors: ReadonlyArray<Cursor.Cursor>, most: number) =>
    Effect.gen(function* () {
      const limit = Math.min(Limits.eventsPerPage, most)
      const read = (after: number) => Effect.fork(readPage(run, runKey, after, limit))
      let after = Math.min(...cursors.map(({ position }) => position))
      let reading = yield* read(after)
      let writing: Fiber.Fiber<Obstacle | undefined, StoreUnavailable> | undefined
      for (let over = false; !over; ) {
        const stretches = cursors
          .filter(({ generation }) => !failures.has(run, generation))
          .map((cursor) => stretchOf(runKey, cursor))
        const seen = options.onlooker?.batch(run)
        for (let taken = 0; taken < most && !over; ) {
          const page = yield* Fiber.join(reading)
          over = page.length < limit
          taken += page.length
          after += page.length
          seen?.read(page)
          if (!over) reading = yield* read(after)
          for (let from = 0; from < page.length; from += Limits.eventsPerTurn) {
            const obstacle = take(run, stretches, page.slice(from, from + Limits.eventsPerTurn))
            if (obstacle !== undefined) return obstacle
            yield* letOthers
          }
        }
        const advances = finish(stretches)
        const obstacle = writing === undefined ? undefined : yield* Fiber.join(writing)
        if (obstacle !== undefined) return obstacle
        writing = advances.length === 0 ? undefined : yield* Effect.fork(write(run, advances, seen))
      }
      return writing === undefined ? undefined : yield* Fiber.join(writing)
    })

  /** Rows of a single event that the store does not take are the projection's failure at that event. */
  const refuse = (run: string, advance: Advance, generation: Generation, reason: string) =>
    Effect.gen(function* () {
      const { runKey, from } = advance
      const [cursor] = yield* cursorsOf(runKey, [generation])
      const [event] = yield* log.read({ run, after: from, limit: 1 })
      fail(run, generation, { event: event!, state: cursor?.state, reason })
    })

  const catchUp: Projector["catchUp"] = (run, generations) =>
    Effect.gen(function* () {
      const runKey = yield* keyOf(run)
      if (options.onlooker?.mustMeet(run) === true)
        options.onlooker.meet(run, yield* log.read({ run, after: 0, limit: 2 }))
      let most = options.batchEvents
      for (;;) {
        const living = generations.filter((one) => !failures.has(run, one))
        const cursors = yield* cursorsOf(runKey, living)
        const gone = living.filter((one) => !cursors.some(({ generation }) => generation === one))
        if (cursors.length === 0) return gone
        const obstacle = yield* round(run, runKey, cursors, most)
        if (obstacle === undefined) return gone
        if ("thrown" in obstacle) continue
        if ("stale" in obstacle) yield* keyOf(run)
        else if (most > 1) most = Math.ceil(most / 8)
        else {
          const { refused, reason } = obstacle
          const of = living.find(
            ({ projection, generation }) =>
              projection === refused.projection && generation === refused.generation,
          )!
          yield* refuse(run, refused, of, reason)
          most = options.batchEvents
        }
      }
    })

  return { catchUp }
}
