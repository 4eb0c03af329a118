/** The gate's thread as its process sees it. */

import type { Worker } from "node:worker_threads"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { closeStoreTimeoutMs } from "../../domain/Limits.ts"
import { attempt, EmbeddedFailed, reasonOf } from "./EmbeddedFailed.ts"
import type { GateCommand, GateEvent, GateStart } from "./GateProtocol.ts"
import { startWorker } from "./WorkerThread.ts"

const closeGate = (gate: Worker): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      void gate.terminate().then(() => resolve())
    }
    const timer = setTimeout(finish, closeStoreTimeoutMs)
    gate.on("message", (event: GateEvent) => event.kind === "closed" && finish())
    gate.once("exit", finish)
    gate.postMessage({ kind: "close" } satisfies GateCommand)
  })

type Ready = Extract<GateEvent, { kind: "ready" }>

/** The gate thread, which loads its code while the data is made ready. Its end before its time is `lost`. */
export const startGate = Effect.fn(function* (
  directory: string,
  start: GateStart,
  lost: Deferred.Deferred<never, EmbeddedFailed>,
) {
  const lose = (operation: EmbeddedFailed["operation"], reason: string): void => {
    Deferred.unsafeDone(lost, Effect.fail(new EmbeddedFailed({ directory, operation, reason })))
  }
  const launch = (): Worker => {
    const gate = startWorker("Gate", { workerData: start })
    for (const stream of [gate.stdout, gate.stderr]) stream.resume()
    gate.on("error", (cause) => lose("run", reasonOf(cause)))
    gate.on("exit", (code) => lose("run", `its gate thread ended with code ${code}`))
    gate.on("message", (event: GateEvent) => event.kind === "failed" && lose(event.operation, event.reason))
    return gate
  }
  return yield* Effect.acquireRelease(attempt(directory, "start", launch), (gate) =>
    Effect.promise(() => closeGate(gate)),
  )
})

/** Opens PGlite, and the gate to clients. */
export const openGate = (gate: Worker): Effect.Effect<Ready> =>
  Effect.async((resume) => {
    gate.on("message", (event: GateEvent) => event.kind === "ready" && resume(Effect.succeed(event)))
    gate.postMessage({ kind: "listen" } satisfies GateCommand)
  })
