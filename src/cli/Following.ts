/**
 * Keeps a real run's projections current while it is written. Of a busy run on a server that is done in a thread of its
 * own, with connections of its own: here each turn of it would make ticks late.
 */
import { availableParallelism } from "node:os"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Limits from "../domain/Limits.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import type { DatabaseUrl } from "../persistence/DatabaseUrl.ts"
import { startThread, threadUrl } from "../persistence/embedded/WorkerThread.ts"
import { Observation, type Telemetry } from "../telemetry/Observation.ts"
import type { Given, Said } from "./FollowingThread.ts"
import type { Store } from "./Store.ts"
import * as TickingThread from "./TickingThread.ts"

/** Again and again, with a pause between. What keeps projections from following is told when the run has ended. */
export const repeated = <E>(work: Effect.Effect<void, E>, pauseMs: number): Effect.Effect<never> =>
  work.pipe(
    Effect.catchAll(() => Effect.void),
    Effect.zipRight(Effect.sleep(Duration.millis(pauseMs))),
    Effect.forever,
  )

/** Ends when the thread does, which it does not by itself. */
const inThread = (
  { projections, registry }: Store,
  url: DatabaseUrl,
  run: string,
  telemetry: Telemetry | undefined,
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const password = url.password === undefined ? undefined : Redacted.value(url.password)
    const given: Given = { url: { ...url, password }, run, isObserved: telemetry !== undefined }
    const thread = startThread(threadUrl(import.meta.url, "threads", "FollowingThread"), {
      workerData: given,
    })
    thread.on("error", () => {})
    thread.once("exit", () => resume(Effect.void))
    thread.on("message", (said: Said) => {
      if ("spans" in said) return telemetry?.take(said.spans)
      const { projection: name, ...failure } = said
      const projection = registry.find((one) => one.name === name)
      if (projection !== undefined) projections.heard({ projection, ...failure })
    })
    return Effect.promise(() => thread.terminate())
  })

/** Below this a thread costs more than it spares. */
const busyTicksPerSecond = 500

const isBusy = (config: RunConfig.RunConfig): boolean =>
  availableParallelism() >= 2 && RunConfig.ticksPerSecond(config) >= busyTicksPerSecond

export const follow = (store: Store, run: string, config: RunConfig.RunConfig): Effect.Effect<never> => {
  const otherwise = repeated(store.projections.follow(run), Limits.followPollMs)
  const { url } = store
  if (url === undefined || !isBusy(config)) return otherwise
  TickingThread.comesFirst()
  return Effect.flatMap(Observation, (telemetry) =>
    Effect.zipRight(inThread(store, url, run, telemetry), otherwise),
  )
}
