/** A run from its start to its verdict, in the store that was opened for it. */
import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { EventLog } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as RunCommand from "../domain/RunCommand.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as RunId from "../domain/RunId.ts"
import { type Analysis, analyse, toJson } from "../persistence/inquiry/Analysis.ts"
import * as Laboratory from "../runtime/Laboratory.ts"
import * as VirtualLaboratory from "../runtime/virtual/VirtualLaboratory.ts"
import { Observation } from "../telemetry/Observation.ts"
import * as Following from "./Following.ts"
import * as Interruption from "./Interruption.ts"
import * as LiveView from "./LiveView.ts"
import { jsonWithLong, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import type * as RunOptions from "./RunOptions.ts"
import type * as Store from "./Store.ts"
import * as Summary from "./Summary.ts"

/** Who writes, for the errors of others. */
export const owner = (): string => `pid ${process.pid} on ${hostname()}`

const memoryMb = (): number => Math.round(process.resourceUsage().maxRSS / 1_024)

/** How the run comes about: from a configuration, or from where it stands. */
export type Carrying = (
  options: Laboratory.Options,
) => Effect.Effect<Laboratory.Outcome, Laboratory.RunFailure | Laboratory.ResumeFailure, EventLog>

export const begun = (
  config: RunConfig,
  carriage: RunOptions.Carriage = {},
  onProgress: (nowUs: number, durationUs: number) => void = () => {},
): Carrying =>
  config.mode === "virtual"
    ? (options) => VirtualLaboratory.run({ ...options, ...carriage, config, onProgress })
    : (options) => Laboratory.run({ ...options, ...carriage, config })

/** How far virtual time has come, in its seconds. */
export const virtualProgress = (invocation: Invocation): ((nowUs: number, durationUs: number) => void) => {
  const bar = ProgressBar.make("virtual time", "seconds", invocation)
  return (nowUs, durationUs) => bar.show(Math.floor(nowUs / 1_000_000), Math.floor(durationUs / 1_000_000))
}

/** How to run it again, said before it begins. */
export const intro = (run: string, config: RunConfig, { quiet }: Invocation): Effect.Effect<void> =>
  quiet ? Effect.void : note(`run ${run}, seed ${config.seed}; again with: ${RunCommand.write(config)}`)

/** Said only of a run at whose ports somebody else was. */
const refusedJson = (refused: Made["refused"]) =>
  refused.connections + refused.frames === 0 ? {} : { refused }

const refusedLines = ({ connections, frames }: Made["refused"]): ReadonlyArray<string> =>
  connections + frames === 0
    ? []
    : [`refused   ${connections} connections and ${frames} frames at the machines' ports`]

const next = ({ run }: Analysis, code: number, isStored: boolean): string => {
  if (!isStored) return "next: the same without --no-store keeps it for report, sql, why and verify"
  return code === 0
    ? `next: lightcone report ${run}, or lightcone sql "select * from messages limit 5"`
    : `next: lightcone resume ${run}`
}

const summary = (
  analysis: Analysis,
  code: number,
  refused: Made["refused"],
  isStored: boolean,
): ReadonlyArray<string> => [
  ...Summary.machineTable(analysis),
  "",
  ...Summary.totals(analysis),
  ...refusedLines(refused),
  `memory    ${memoryMb()} MB at most in this process`,
  `digest    ${analysis.digest}`,
  "",
  `${isStored ? `run ${analysis.run}` : "a run"}${code === 0 ? "" : " was interrupted"}, ${analysis.statistics.events} events${isStored ? "" : ", not stored"}`,
  Summary.verdictLine(analysis.verdict),
  next(analysis, code, isStored),
]

export const newRunId = (): string => RunId.fromBytes(randomBytes(64))

/** What is left of a run that broke off: all that was acknowledged, to be gone on with. */
const brokenOff = (run: string, error: { readonly _tag: string }) =>
  error._tag === "StoreUnavailable" || error._tag === "StoreLost"
    ? note(`run ${run} is interrupted; once the store is there, go on with: lightcone resume ${run}`)
    : Effect.void

export interface Watching {
  readonly show?: (progress: Laboratory.Progress) => Effect.Effect<unknown>
}

/** What the log does not say of a run that was just made. */
export interface Made {
  /** 0 when it is finished, otherwise the exit code of the signal that stopped it. */
  readonly code: number
  readonly refused: Laboratory.Outcome["refused"]
}

/** Makes one run. */
export const record = (
  run: string,
  carrying: Carrying,
  store: Store.Store,
  interruption: Interruption.Interruption,
  { show = () => Effect.void }: Watching = {},
) =>
  Effect.gen(function* () {
    const started = yield* Deferred.make<Laboratory.Progress>()
    yield* Effect.forkScoped(Effect.flatMap(Deferred.await(started), show))
    // Before the start: a thread that begins takes half a second of a processor.
    const prepared = yield* Deferred.make<RunConfig>()
    yield* Effect.forkScoped(
      Effect.flatMap(Deferred.await(prepared), (config) => Following.follow(store, run, config)),
    )
    const telemetry = yield* Observation
    const onlooker = telemetry && { onlooker: (config: RunConfig) => telemetry.ofRun(run, config) }
    const outcome = yield* carrying({
      ...onlooker,
      run,
      owner: owner(),
      stopRequested: Effect.asVoid(interruption.requested),
      prepare: (config) => Deferred.unsafeDone(prepared, Effect.succeed(config)),
      watch: (progress) => Deferred.unsafeDone(started, Effect.succeed(progress)),
    }).pipe(
      Effect.provideService(EventLog, store.log),
      Effect.tapError((error) => brokenOff(run, error)),
    )
    const { reason, refused, events } = outcome
    // A real run's projections have followed it.
    const isFollowed = yield* Deferred.isDone(started)
    if (isFollowed || events <= Limits.eventsProjectedAtOnce) yield* store.projections.catchUp(run)
    if (reason === "finished") return { code: 0, refused } satisfies Made
    const signal = yield* Effect.option(Effect.timeout(interruption.requested, "1 second"))
    return { code: Option.getOrElse(signal, () => 130), refused } satisfies Made
  }).pipe(Effect.scoped)

/** The same as it is watched; the exit code. */
export const recordWatched = (run: string, carrying: Carrying, store: Store.Store, invocation: Invocation) =>
  Effect.gen(function* () {
    const interruption = yield* Interruption.listen
    const show = (progress: Laboratory.Progress) =>
      LiveView.show(progress, progress.config.durationUs, invocation.color)
    return yield* record(run, carrying, store, interruption, invocation.quiet ? {} : { show })
  }).pipe(Effect.scoped)

/** Records a run and prints what came of it; the exit code. */
export const carryOut = (
  run: string,
  carrying: Carrying,
  store: Store.Store,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const { code, refused } = yield* recordWatched(run, carrying, store, invocation)
    return yield* told(yield* analyse(store.log, run), { code, refused }, options)
  })

/** A run of this configuration, with how to run it again said first. */
export const carryOutNew = (
  config: RunConfig,
  carriage: RunOptions.Carriage,
  store: Store.Store,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const run = newRunId()
    yield* intro(run, config, invocation)
    const carrying = begun(config, carriage, virtualProgress(invocation))
    return yield* carryOut(run, carrying, store, options, invocation)
  })

/** What came of a run, printed; the exit code. */
export const told = (
  analysis: Analysis,
  { code, refused }: Made,
  options: Record<string, unknown>,
  isStored = true,
) =>
  Effect.gen(function* () {
    if (options.json === true) {
      const { counts } = analysis.verdict
      const { missed } = counts
      yield* jsonWithLong(
        { ...toJson(analysis), missed, counts, memoryMb: memoryMb(), ...refusedJson(refused) },
        "machines",
      )
    } else for (const text of summary(analysis, code, refused, isStored)) yield* line(text)
    if (code !== 0) return code
    return analysis.verdict.verified === false ? 1 : 0
  })
