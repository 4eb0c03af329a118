/** What a report says of a run, by one reading of its log. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Recorded } from "../domain/ClockEvent.ts"
import * as Comparison from "../domain/clocks/Comparison.ts"
import { registry } from "../domain/clocks/Registered.ts"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import { comparer, isForetold } from "../domain/prediction/Comparison.ts"
import type { Measured } from "../domain/prediction/Measured.ts"
import * as RunCommand from "../domain/RunCommand.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as Collect from "../interchange/report/Collect.ts"
import type * as Page from "../interchange/report/Page.ts"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as ClockComparing from "../persistence/inquiry/ClockComparing.ts"

export interface Reported {
  readonly run: string
  /** Default: "run RUN". */
  readonly title?: string
}

/** One reading of the log gives the analysis and what the figures show. */
export const readRun = (
  log: EventLogShape,
  { run, title }: Reported,
  progress: (position: number) => void,
): Effect.Effect<Page.RunOfReport, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const collection = Collect.make()
    const asked = { log, run, clocks: registry, ...Comparison.defaults }
    // Of more machines than can be compared the report says nothing of clocks.
    const clocks = yield* Effect.catchTag(ClockComparing.begin(asked), "UsageError", () =>
      Effect.succeed(undefined),
    )
    const step = (event: Recorded): void => {
      collection.step(event)
      clocks?.step(event)
    }
    const tapped: EventLogShape = {
      ...log,
      read: (from) => Effect.tap(log.read(from), (page) => page.forEach(step)),
    }
    const { config, verdict, statistics, measured, digest, parent } = yield* analyse(tapped, run, progress)
    const collected = collection.finish()
    const foretold = config === undefined ? undefined : foretell(config, measured)
    return {
      run,
      title: title ?? `run ${run}`,
      commandLine:
        config === undefined
          ? undefined
          : parent === undefined
            ? RunCommand.write(config)
            : RunCommand.writeFork(parent),
      digest,
      collected,
      statistics,
      verdict,
      comparison: foretold?.comparison ?? [],
      growth: foretold?.growth ?? [],
      clocks: clocks?.finish(),
    }
  })

/** Of a report that was given none. */
export const titleOf = (runs: ReadonlyArray<Page.RunOfReport>): string =>
  runs.length === 1 ? runs[0]!.title : `${runs.length} runs`

/** Theory, where the configuration is one that can be run. */
const foretell = (given: RunConfig.RunConfig, measured: Measured) =>
  RunConfig.decode(given).pipe(
    Either.filterOrLeft(isForetold, () => undefined),
    Either.map((config) => {
      const { prediction, compare } = comparer(config)
      const points = prediction.fixedPoints.filter(({ stable }) => stable)
      return {
        comparison: compare(measured),
        growth: Array.from({ length: config.machines }, (_, i) => ({
          queueGrowthHz: points.map(({ machines }) => machines[i]!.queueGrowthHz),
          clockRateHz: points.map(({ machines }) => machines[i]!.clockRateHz),
        })),
      }
    }),
    Either.getOrUndefined,
  )
