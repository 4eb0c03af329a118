/** The projections as commands keep them: what is said meanwhile, and what is up to date before an answer. */
import * as Effect from "effect/Effect"
import type { EventLogShape, StoreUnavailable } from "../domain/EventLog.ts"
import type { ProjectionOnlooker } from "../domain/Onlooker.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import { registry as builtIn } from "../domain/projections/Registered.ts"
import type { UsageError } from "../domain/UsageError.ts"
import type { Database } from "../persistence/Database.ts"
import * as ProjectionKeeper from "../persistence/projection/ProjectionKeeper.ts"
import type { StoreError } from "../persistence/StoreError.ts"
import * as ExternalProjections from "./ExternalProjections.ts"
import { harmless, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as ProjectionFailure from "./ProjectionFailure.ts"

const watcher = (invocation: Invocation): ProjectionKeeper.Watcher => {
  const told = new Set<string>()
  const bar = ProgressBar.make("projecting", "events", invocation)
  return {
    onNotice: (text) => (invocation.quiet ? Effect.void : note(harmless(text))),
    onFailure: (failure) => {
      const first = !told.has(failure.projection.name)
      told.add(failure.projection.name)
      const text = first ? ProjectionFailure.told(failure) : ProjectionFailure.toldAgain(failure)
      process.stderr.write(`${harmless(text)}\n`)
    },
    onProgress: bar.show,
  }
}

/** Our own, and those that the working directory adds. */
export const registry: Effect.Effect<ReadonlyArray<Projection>, UsageError> = ExternalProjections.added(
  builtIn,
)

export const keeper = (
  database: Database,
  log: EventLogShape,
  projections: ReadonlyArray<Projection>,
  invocation: Invocation,
  onlooker?: ProjectionOnlooker,
): ProjectionKeeper.ProjectionKeeper =>
  ProjectionKeeper.make(database, log, projections, { ...watcher(invocation), onlooker })

/** What forbids writing rather than failing at it: then whoever may write has to bring projections up. */
export const mayNotWrite = (error: StoreUnavailable | StoreError): boolean =>
  ["25006", "42501"].includes((error.cause as { code?: string } | undefined)?.code ?? "")

/** How far a projection is in a run, for people. */
export const asOf = ({ run, projection, position, head }: ProjectionKeeper.Lag): string =>
  `${projection} of run ${run} is as of position ${position} of ${head}`

const told = (projections: ProjectionKeeper.ProjectionKeeper) =>
  Effect.gen(function* () {
    for (const lag of yield* projections.lagging) if (!lag.leased) yield* note(asOf(lag))
  })

/** Brings every run's projections up to date or, where that may not be, says how far they are. */
export const upToDate = (projections: ProjectionKeeper.ProjectionKeeper, invocation: Invocation) =>
  Effect.gen(function* () {
    const brought = Effect.zipRight(projections.prepare, projections.catchUpAll())
    yield* Effect.catchIf(brought, mayNotWrite, () => Effect.void)
    // Whoever may not even read the bookkeeping is not told; the rows are as good as they are.
    if (!invocation.quiet) yield* Effect.catchIf(told(projections), mayNotWrite, () => Effect.void)
  })
