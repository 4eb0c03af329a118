/** The runs of a store: listed, found by a part of their name, deleted. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { RunHeld, RunUnknown, type StoreUnavailable } from "../domain/EventLog.ts"
import * as RunId from "../domain/RunId.ts"
import * as Generations from "./projection/Generations.ts"
import * as Query from "./Query.ts"
import type { Runs } from "./Tables.ts"

export class RunNotFound extends Data.TaggedError("RunNotFound")<{
  readonly reference: string
  readonly where: string
}> {
  override get message() {
    const what = RunId.isReference(this.reference)
      ? `a run ${this.reference === "latest" ? "at all" : JSON.stringify(this.reference)}`
      : "a run of that name"
    return `Cannot find ${what}: must be a run's name, a unique prefix of it, or latest, found ${JSON.stringify(this.reference)}; looked in ${this.where}`
  }
}

export class AmbiguousRun extends Data.TaggedError("AmbiguousRun")<{
  readonly reference: string
  readonly candidates: ReadonlyArray<string>
}> {
  override get message() {
    return `Cannot tell which run ${JSON.stringify(this.reference)} means: it must begin one run's name, found ${this.candidates.join(", ")}`
  }
}

export const statuses = ["running", "finished", "interrupted", "requested"] as const
export type Status = (typeof statuses)[number]

export interface Wanted {
  readonly status?: Status | undefined
  /** The `next` of the page before. */
  readonly after?: number | undefined
  readonly limit: number
}

export interface Page {
  readonly runs: ReadonlyArray<Runs>
  /** Where the next page begins, whatever comes or is deleted meanwhile; undefined where this is the last. */
  readonly next: number | undefined
}

export interface RunCatalogue {
  /** Rows of the view `runs`, the latest first. */
  readonly list: Effect.Effect<ReadonlyArray<Runs>, StoreUnavailable>
  /** A page of them. */
  readonly page: (wanted: Wanted) => Effect.Effect<Page, StoreUnavailable>
  /** A run's row of the same view. */
  readonly row: (run: string) => Effect.Effect<Runs, RunUnknown | StoreUnavailable>
  readonly resolve: (
    reference: string,
  ) => Effect.Effect<string, RunNotFound | AmbiguousRun | StoreUnavailable>
  /** Deletes a run wholly, unless somebody is writing it. */
  readonly remove: (run: string) => Effect.Effect<void, RunHeld | StoreUnavailable>
}

const mostCandidates = 10

export const make = (db: Query.Db, where: string): RunCatalogue => {
  const candidates = (reference: string) =>
    Query.run("look for the run", async () => {
      const heads = db.selectFrom("lightcone.run_heads").select("run_id").limit(mostCandidates)
      const rows =
        reference === "latest"
          ? await heads.orderBy("run_key", "desc").limit(1).execute()
          : await heads.where("run_id", "like", `${reference}%`).orderBy("run_id").execute()
      return rows.map((row) => row.run_id)
    })

  const latestFirst = db
    .selectFrom("lightcone.runs")
    .innerJoin("lightcone.run_heads", "lightcone.run_heads.run_id", "lightcone.runs.run_id")
    .selectAll("lightcone.runs")
    .orderBy("lightcone.run_heads.run_key", "desc")

  return {
    list: Query.run("list the runs", () => latestFirst.execute()),

    page: ({ status, after, limit }) =>
      Effect.map(
        Query.run("list the runs", () => {
          const one = latestFirst.select("lightcone.run_heads.run_key").limit(limit + 1)
          const from = after === undefined ? one : one.where("lightcone.run_heads.run_key", "<", after)
          return (status === undefined ? from : from.where("lightcone.runs.status", "=", status)).execute()
        }),
        (found) => ({
          runs: found.slice(0, limit).map(({ run_key: _, ...row }) => row),
          next: found.length > limit ? found[limit - 1]!.run_key : undefined,
        }),
      ),

    row: (run) =>
      Effect.flatMap(
        Query.run(`look at run ${run}`, () =>
          db.selectFrom("lightcone.runs").selectAll().where("run_id", "=", run).execute(),
        ),
        ([row]) => (row === undefined ? Effect.fail(new RunUnknown({ run })) : Effect.succeed(row)),
      ),

    resolve: (reference) =>
      Effect.gen(function* () {
        if (!RunId.isReference(reference)) return yield* new RunNotFound({ reference, where })
        const found = yield* candidates(reference)
        if (found.length === 0) return yield* new RunNotFound({ reference, where })
        if (found.length > 1 && !found.includes(reference))
          return yield* new AmbiguousRun({ reference, candidates: found })
        return found.length === 1 ? found[0]! : reference
      }),

    remove: (run) =>
      Effect.flatMap(
        Query.run(`delete run ${run}`, () =>
          db.transaction().execute(async (transaction) => {
            const { rows } = await sql<{ run_key: number; owner: string | null; leased: boolean }>`
              select run_key, owner, coalesce(lease_until > clock_timestamp(), false) as leased
              from lightcone.run_heads where run_id = ${run} for update`.execute(transaction)
            const head = rows[0]
            if (head === undefined) return undefined
            if (head.leased) return head.owner ?? "somebody"
            // Checkpoints first: a projector at work has then either finished, or finds them gone.
            await transaction
              .deleteFrom("lightcone.checkpoints")
              .where("run_key", "=", head.run_key)
              .execute()
            for (const table of await Generations.tables(transaction))
              await sql`delete from ${sql.raw(table)} where run_key = ${head.run_key}`.execute(transaction)
            await transaction.deleteFrom("lightcone.log").where("run_key", "=", head.run_key).execute()
            await transaction.deleteFrom("lightcone.run_heads").where("run_key", "=", head.run_key).execute()
            return undefined
          }),
        ),
        (heldBy) => (heldBy === undefined ? Effect.void : Effect.fail(new RunHeld({ run, owner: heldBy }))),
      ),
  }
}
