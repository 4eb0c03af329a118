/** `run --virtual --no-store`: verified, summarised and digested as it is made; nothing is kept. */
import { setImmediate as turn } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type { Logged } from "../domain/ClockEvent.ts"
import * as Limits from "../domain/Limits.ts"
import * as RunCommand from "../domain/RunCommand.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as RecordTally from "../domain/records/RecordTally.ts"
import * as RecordVerdict from "../domain/records/RecordVerdict.ts"
import { type Analysis, analyst } from "../persistence/inquiry/Analysis.ts"
import * as Engine from "../runtime/virtual/Engine.ts"
import * as VirtualRun from "../runtime/virtual/VirtualRun.ts"
import * as Examination from "./Examination.ts"
import * as Interruption from "./Interruption.ts"
import { note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { newRunId, told, virtualProgress } from "./Recording.ts"

type OnProgress = (nowUs: number, durationUs: number) => void

/** Event by event, of any virtual run. */
const readably = async (
  run: string,
  config: RunConfig.RunConfig,
  startUs: number,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Analysis> => {
  const { step, finish } = analyst(run)
  let position = 0
  for (const { events, nowUs } of VirtualRun.turns(config, startUs)) {
    for (const event of events) step({ ...event, position: ++position } as Logged)
    onProgress(nowUs, config.durationUs)
    // So that Ctrl-C is heard.
    await turn()
    if (signal.aborted) break
  }
  return finish()
}

export const examined = async (
  config: RunConfig.RunConfig,
  startUs: number,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Examination.Findings | undefined> => {
  const by = async (examination: Examination.Examination) => {
    try {
      const loop = Engine.make(config)
      for (let records = loop.next(); records.length > 0; records = loop.next()) {
        await examination.write(records)
        onProgress(loop.nowUs(), config.durationUs)
        await turn()
        if (signal.aborted) return undefined
      }
      return await examination.finish()
    } finally {
      await examination.close()
    }
  }
  const here = () => by(Examination.here(config, startUs))
  // Where no thread can be had, the run is made again.
  return Examination.isForThread(config) ? by(Examination.inThread(config, startUs)).catch(here) : here()
}

/**
 * A verifier that finds something wrong is believed, whatever the other one says; the readable one finds the words, by
 * looking at the same run again.
 */
export const explained = async (
  { verdict, ...analysis }: Analysis,
  readable: () => Promise<Analysis>,
): Promise<Analysis> => {
  if (verdict.verified === true) return { verdict, ...analysis }
  const again = await readable()
  return again.verdict.verified === false ? again : { verdict, ...analysis }
}

/** What was found of the whole of a run. */
export const analysisOf = (
  run: string,
  config: RunConfig.RunConfig,
  findings: Examination.Findings,
): Analysis => {
  const { machines, durationUs } = config
  const { digest, tallied } = findings
  const verdict = RecordVerdict.verdictOf(machines, findings.examined, findings.failure)
  const isCompared = machines <= Limits.maxComparedMachines
  return {
    ...{ run, config, verdict, digest, imported: undefined, parent: undefined },
    statistics: {
      events: verdict.counts.events,
      machines: RecordTally.machines(tallied),
      lateness: tallied.lateness,
    },
    measured: isCompared ? RecordTally.measured(tallied, durationUs) : undefined,
  }
}

const analyse = async (
  run: string,
  config: RunConfig.RunConfig,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Analysis> => {
  const startUs = Date.now() * 1_000
  const readable = () => readably(run, config, startUs, onProgress, signal)
  // Of a plain run, which the verifier of records knows.
  const findings = RunConfig.isPlain(config) ? await examined(config, startUs, onProgress, signal) : undefined
  if (findings === undefined) return readable()
  return explained(analysisOf(run, config, findings), readable)
}

export const carryOutUnstored = (
  config: RunConfig.RunConfig,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const interruption = yield* Interruption.listen
    const making = Effect.promise((signal) =>
      analyse(newRunId(), config, virtualProgress(invocation), signal),
    )
    if (!invocation.quiet)
      yield* note(`not stored, seed ${config.seed}; again with: ${RunCommand.write(config)} --no-store`)
    const outcome = yield* Effect.raceFirst(
      Effect.map(making, (analysis) => ({ analysis })),
      Effect.map(interruption.requested, (code) => ({ code })),
    )
    if ("code" in outcome) return outcome.code
    return yield* told(outcome.analysis, { code: 0, refused: { connections: 0, frames: 0 } }, options, false)
  }).pipe(Effect.scoped)
