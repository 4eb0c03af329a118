/** `run --virtual --no-store`: verified, summarised and digested as it is made; nothing is kept. */
import { setImmediate as turn } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type { Logged } from "../domain/ClockEvent.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as VirtualRun from "../runtime/virtual/VirtualRun.ts"
import { type Analysis, analyst } from "./Analysis.ts"

export const analyseUnstored = (
  run: string,
  config: RunConfig,
  onProgress: (nowUs: number, durationUs: number) => void,
): Effect.Effect<Analysis> =>
  Effect.promise(async (signal) => {
    const { step, digest, finish } = analyst(run)
    let position = 0
    for (const { events, nowUs } of VirtualRun.turns(config, Date.now() * 1_000)) {
      for (const event of events) step({ ...event, position: ++position } as Logged)
      digest()
      onProgress(nowUs, config.durationUs)
      // So that Ctrl-C is heard.
      await turn()
      if (signal.aborted) break
    }
    return finish()
  })
