/** `run --virtual --no-store`: verified, summarised and digested as it is made; nothing is kept. */
import { setImmediate as turn } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type { Logged } from "../domain/ClockEvent.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as VirtualRun from "../runtime/virtual/VirtualRun.ts"
import { type Analysis, analyst } from "./Analysis.ts"
import * as Interruption from "./Interruption.ts"
import { note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { newRunId, told, virtualProgress } from "./Recording.ts"
import * as RunOptions from "./RunOptions.ts"

const analyseUnstored = (
  run: string,
  config: RunConfig,
  onProgress: (nowUs: number, durationUs: number) => void,
): Effect.Effect<Analysis> =>
  Effect.promise(async (signal) => {
    const { step, finish } = analyst(run)
    let position = 0
    for (const { events, nowUs } of VirtualRun.turns(config, Date.now() * 1_000)) {
      for (const event of events) step({ ...event, position: ++position } as Logged)
      onProgress(nowUs, config.durationUs)
      // So that Ctrl-C is heard.
      await turn()
      if (signal.aborted) break
    }
    return finish()
  })

export const carryOutUnstored = (
  config: RunConfig,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const interruption = yield* Interruption.listen
    const making = analyseUnstored(newRunId(), config, virtualProgress(invocation))
    if (!invocation.quiet)
      yield* note(`not stored, seed ${config.seed}; again with: ${RunOptions.commandLine(config)} --no-store`)
    const outcome = yield* Effect.raceFirst(
      Effect.map(making, (analysis) => ({ analysis })),
      Effect.map(interruption.requested, (code) => ({ code })),
    )
    if ("code" in outcome) return outcome.code
    return yield* told(outcome.analysis, { code: 0, refused: { connections: 0, frames: 0 } }, options, false)
  }).pipe(Effect.scoped)
