/**
 * Brings projections up to the head of a run's log: reads events, applies them, and writes checkpoint and rows of
 * each projection in one transaction. Any number of projectors may be at it: whoever finds a checkpoint moved by
 * another writes nothing, looks again, and goes on from there.
 *
 * A batch is written while the next one is read and applied. It is some thousands of events at most, so memory
 * does not grow with the run.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { sql } from "kysely"
import type { Logged } from "../../domain/ClockEvent.ts"
import { type EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import * as Query from "../Query.ts"
import { isOurDefect, reasonOf } from "../StoreError.ts"
import { type Advance, AdvanceRefused, type Write } from "./Advance.ts"
import * as Cursor from "./Cursor.ts"
import type { Generation } from "./Generations.ts"

export interface Options {
  readonly db: Query.Db
  readonly log: EventLogShape
  readonly write: Write
  /** The most events of one batch. */
  readonly batchEvents: number
  readonly onFailure: (failure: Cursor.Failure) => void
  /** Hears how far the slowest projection has come, after every batch. */
  readonly onProgress?: (run: string, position: number) => void
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

/** What stopped a round: a checkpoint that somebody else moved, or rows that the store does not take. */
type Obstacle = { readonly stale: true } | { readonly refused: Advance; readonly reason: string }

interface At {
  readonly projection: string
  readonly generation: number
  readonly position: number | null
  readonly state: unknown
}

export const make = (options: Options): Projector => {
  const { db, log } = options
  const failed = new Set<string>()

  const idOf = (run: string, { projection, generation }: Generation) =>
    `${run} ${projection.name} ${generation}`

  const fail = (generation: Generation, failure: Cursor.Failure): void => {
    failed.add(idOf(failure.run, generation))
    options.onFailure(failure)
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

  const readBatch = (run: string, after: number, most: number) =>
    Effect.gen(function* () {
      const events: Array<Logged> = []
      while (events.length < most) {
        const limit = Math.min(Limits.eventsPerPage, most - events.length)
        const page = yield* log.read({ run, after: after + events.length, limit })
        for (const event of page) events.push(event)
        if (page.length < limit) break
      }
      return events
    })

  /** What the events make of each projection that is behind them. */
  const applyBatch = (
    run: string,
    runKey: number,
    cursors: ReadonlyArray<Cursor.Cursor>,
    events: ReadonlyArray<Logged>,
  ): ReadonlyArray<Advance> =>
    cursors.flatMap((cursor) => {
      if (failed.has(idOf(run, cursor.generation))) return []
      const { position } = cursor
      const news = position < events[0]!.position ? events : events.filter((one) => one.position > position)
      if (news.length === 0) return []
      const { advance, failure } = Cursor.apply(cursor, run, runKey, news)
      if (failure !== undefined) fail(cursor.generation, failure)
      return advance === undefined ? [] : [advance]
    })

  const write = (
    run: string,
    advances: ReadonlyArray<Advance>,
  ): Effect.Effect<Obstacle | undefined, StoreUnavailable> =>
    Effect.tryPromise({ try: () => options.write(advances), catch: (error) => error }).pipe(
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

  /** From the checkpoints to the head, or to an obstacle. */
  const round = (run: string, runKey: number, cursors: ReadonlyArray<Cursor.Cursor>, most: number) =>
    Effect.gen(function* () {
      let after = Math.min(...cursors.map(({ position }) => position))
      let writing: Fiber.Fiber<Obstacle | undefined, StoreUnavailable> | undefined
      for (;;) {
        const events = yield* readBatch(run, after, most)
        const advances = events.length === 0 ? [] : applyBatch(run, runKey, cursors, events)
        const obstacle = writing === undefined ? undefined : yield* Fiber.join(writing)
        if (obstacle !== undefined) return obstacle
        if (advances.length === 0) return undefined
        writing = yield* Effect.fork(write(run, advances))
        after = events[events.length - 1]!.position
      }
    })

  /** Rows of a single event that the store does not take are the projection's failure at that event. */
  const refuse = (run: string, advance: Advance, generation: Generation, reason: string) =>
    Effect.gen(function* () {
      const { projection, runKey, from } = advance
      const [cursor] = yield* cursorsOf(runKey, [generation])
      const [event] = yield* log.read({ run, after: from, limit: 1 })
      fail(generation, { projection, run, event: event!, state: cursor?.state, reason })
    })

  const catchUp: Projector["catchUp"] = (run, generations) =>
    Effect.gen(function* () {
      const runKey = yield* keyOf(run)
      let most = options.batchEvents
      for (;;) {
        const living = generations.filter((one) => !failed.has(idOf(run, one)))
        const cursors = yield* cursorsOf(runKey, living)
        const gone = living.filter((one) => !cursors.some(({ generation }) => generation === one))
        if (cursors.length === 0) return gone
        const obstacle = yield* round(run, runKey, cursors, most)
        if (obstacle === undefined) return gone
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
