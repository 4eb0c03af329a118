/** One reading of a run's log that gives all that is said of it: verdict, statistics, digest. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { type Forking, isWhole, type Recorded } from "../../domain/ClockEvent.ts"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import type { Imported } from "../../domain/Imported.ts"
import * as Limits from "../../domain/Limits.ts"
import * as Measured from "../../domain/prediction/Measured.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import * as Statistics from "../../domain/Statistics.ts"
import * as Verification from "../../domain/Verification.ts"
import * as Ahead from "./Ahead.ts"
import * as RunDigest from "./RunDigest.ts"

export interface Analysis {
  readonly run: string
  readonly config: RunConfig | undefined
  readonly verdict: Verification.Verdict
  readonly statistics: Statistics.Statistics<Statistics.MachineRows>
  /** What stands beside the prediction; undefined of more machines than are compared. */
  readonly measured: Measured.Measured | undefined
  /**
   * Lowercase hex SHA-256; docs/SPEC.md says of what. Null of a log from elsewhere, which it could not tell apart, and
   * of a run that has not begun.
   */
  readonly digest: string | null
  readonly imported: Imported | undefined
  /** Of a run that goes on from another's log. */
  readonly parent: Forking | undefined
}

/** Of events that were read one by one. */
export interface ReadAnalysis extends Analysis {
  readonly statistics: Statistics.Statistics
  readonly measured: Measured.Measured
}

/** Hands every event of a run to `step`, page by page; `progress` hears of each page's last position. */
export const readAll = (
  log: EventLogShape,
  run: string,
  step: (event: Recorded) => void,
  progress: (position: number) => void = () => {},
): Effect.Effect<void, RunUnknown | StoreUnavailable> => {
  const pageAfter = (after: number) => log.read({ run, after, limit: Limits.eventsPerPage })
  const lastOf = (page: ReadonlyArray<Recorded>): number => page[page.length - 1]!.position
  return Ahead.eachPage(
    pageAfter(0),
    (page) => pageAfter(lastOf(page)),
    (page) => {
      for (const event of page) step(event)
      progress(lastOf(page))
    },
  )
}

/** Of a log that does not begin as a run of ours. */
const ofNothing = createHash("sha256").digest("hex")

interface Analyst {
  /** The next event in the order of positions. */
  readonly step: (event: Recorded) => void
  readonly finish: () => ReadAnalysis
}

export const analyst = (run: string): Analyst => {
  const verification = Verification.make()
  const statistics = Statistics.make()
  const measured = Measured.initial()
  let config: RunConfig | undefined
  let imported: Imported | undefined
  let digest: RunDigest.RunDigest | undefined
  let isRequested = false
  let parent: Forking | undefined
  return {
    step: (event) => {
      verification.step(event)
      statistics.step(event)
      if (isWhole(event)) Measured.step(measured, event)
      if (event.kind === "run-started") {
        config ??= event.payload
        digest ??= RunDigest.make(event.occurredAtUs)
      }
      if (event.kind === "run-requested" || event.kind === "run-forked") isRequested = true
      if (event.kind === "run-forked") parent ??= { ...event.payload.parent, set: event.payload.set }
      if (event.kind === "run-imported") imported ??= event.payload
      if (isWhole(event)) digest?.write(event)
    },
    finish: () => ({
      run,
      config,
      verdict: verification.finish(),
      statistics: statistics.finish(),
      measured: Measured.read(measured),
      digest: digest?.finish() ?? (imported === undefined && !isRequested ? ofNothing : null),
      imported,
      parent,
    }),
  }
}

export const analyse = (
  log: EventLogShape,
  run: string,
  progress?: (position: number) => void,
): Effect.Effect<ReadAnalysis, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const { step, finish } = analyst(run)
    yield* readAll(log, run, step, progress)
    return finish()
  })

const nothing = <Name extends string>(...names: ReadonlyArray<Name>) =>
  Object.fromEntries(names.map((name) => [name, null])) as Record<Name, null>

/** An imported log has no schedule, and need not say kinds and clocks: null for what it does not say. */
const machineToJson = (imported: Imported) => (machine: Statistics.MachineStatistics) => {
  const hasKinds = imported.says.includes("kind")
  return {
    ...machine,
    ...nothing("dropped", "missed", "maxLatenessUs"),
    ...(hasKinds ? {} : nothing("internal", "sent", "received")),
    ...(hasKinds && machine.lamport !== null ? {} : nothing("largestJump")),
  }
}

function* mapped<A, B>(items: Iterable<A>, to: (item: A) => B): Generator<B> {
  for (const item of items) yield to(item)
}

/** The JSON of `run` and `show`; its machines may be a million and are made one after the other. */
export const toJson = (analysis: Analysis) => ({
  run: analysis.run,
  mode: analysis.config?.mode ?? (analysis.imported === undefined ? null : "imported"),
  seed: analysis.config?.seed ?? null,
  events: analysis.statistics.events,
  digest: analysis.digest,
  verified: analysis.verdict.verified,
  machines:
    analysis.imported === undefined
      ? analysis.statistics.machines
      : mapped(analysis.statistics.machines, machineToJson(analysis.imported)),
  lateness: analysis.imported === undefined ? analysis.statistics.lateness : null,
  config: analysis.config ?? null,
  imported: analysis.imported ?? null,
  parent: analysis.parent ?? null,
})
