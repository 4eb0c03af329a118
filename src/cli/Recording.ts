/** A run from its start to its verdict, in the store that was opened for it. */
import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { EventLog } from "../domain/EventLog.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as RunId from "../domain/RunId.ts"
import * as Laboratory from "../runtime/Laboratory.ts"
import { type Analysis, analyse, toJson } from "./Analysis.ts"
import * as Interruption from "./Interruption.ts"
import * as LiveView from "./LiveView.ts"
import { json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Projections from "./Projections.ts"
import * as RunOptions from "./RunOptions.ts"
import type * as Store from "./Store.ts"
import * as Summary from "./Summary.ts"

/** Who writes, for the errors of others. */
export const owner = (): string => `pid ${process.pid} on ${hostname()}`

const memoryMb = (): number => Math.round(process.resourceUsage().maxRSS / 1_024)

const intro = (run: string, config: RunConfig): string =>
  `run ${run}, seed ${config.seed}; again with: ${RunOptions.commandLine(config)}`

/** Said only of a run at whose ports somebody else was. */
const refusedJson = (refused: Made["refused"]) =>
  refused.connections + refused.frames === 0 ? {} : { refused }

const refusedLines = ({ connections, frames }: Made["refused"]): ReadonlyArray<string> =>
  connections + frames === 0
    ? []
    : [`refused   ${connections} connections and ${frames} frames at the machines' ports`]

const summary = (analysis: Analysis, code: number, refused: Made["refused"]): ReadonlyArray<string> => [
  ...Summary.machineTable(analysis),
  "",
  ...Summary.totals(analysis),
  ...refusedLines(refused),
  `memory    ${memoryMb()} MB at most in this process`,
  `digest    ${analysis.digest}`,
  "",
  `run ${analysis.run}${code === 0 ? "" : " was interrupted"}, ${analysis.statistics.events} events`,
  Summary.verdictLine(analysis.verdict),
  `next: lightcone report ${analysis.run}, or lightcone sql "select * from messages limit 5"`,
]

export const newRunId = (): string => RunId.fromBytes(randomBytes(64))

/** What the log does not say of a run that was just made. */
export interface Made {
  /** 0 when it is finished, otherwise the exit code of the signal that stopped it. */
  readonly code: number
  readonly refused: Laboratory.Outcome["refused"]
}

/** Makes one run. */
export const record = (
  run: string,
  config: RunConfig,
  store: Store.Store,
  interruption: Interruption.Interruption,
  show: (progress: Laboratory.Progress) => Effect.Effect<unknown> = () => Effect.void,
) =>
  Effect.gen(function* () {
    const started = yield* Deferred.make<Laboratory.Progress>()
    yield* Effect.forkScoped(Effect.flatMap(Deferred.await(started), show))
    yield* Effect.forkScoped(
      Effect.zipRight(Deferred.await(started), Projections.follow(store.projections, run)),
    )
    const outcome = yield* Laboratory.run({
      run,
      owner: owner(),
      config,
      stopRequested: Effect.asVoid(interruption.requested),
      watch: (progress) => Deferred.unsafeDone(started, Effect.succeed(progress)),
    }).pipe(Effect.provideService(EventLog, store.log))
    yield* store.projections.catchUp(run)
    const { reason, refused } = outcome
    if (reason === "finished") return { code: 0, refused } satisfies Made
    const signal = yield* Effect.option(Effect.timeout(interruption.requested, "1 second"))
    return { code: Option.getOrElse(signal, () => 130), refused } satisfies Made
  }).pipe(Effect.scoped)

/** The same as it is watched, with how to run it again said first. */
export const recordWatched = (run: string, config: RunConfig, store: Store.Store, invocation: Invocation) =>
  Effect.gen(function* () {
    const interruption = yield* Interruption.listen
    if (invocation.quiet) return yield* record(run, config, store, interruption)
    yield* note(intro(run, config))
    return yield* record(run, config, store, interruption, (progress) =>
      LiveView.show(progress, config.durationUs, invocation.color),
    )
  }).pipe(Effect.scoped)

/** Records a run of this configuration, prints what came of it; the exit code. */
export const carryOut = (
  config: RunConfig,
  store: Store.Store,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const run = newRunId()
    const { code, refused } = yield* recordWatched(run, config, store, invocation)
    const analysis = yield* analyse(store.log, run)
    if (options.json === true) {
      const { counts } = analysis.verdict
      const { missed } = counts
      yield* json({ ...toJson(analysis), missed, counts, memoryMb: memoryMb(), ...refusedJson(refused) })
    } else for (const text of summary(analysis, code, refused)) yield* line(text)
    if (code !== 0) return code
    return analysis.verdict.verified === false ? 1 : 0
  })
