/**
 * SIGINT and SIGTERM. The first asks for a graceful stop; a second one stops the process at once, which loses
 * nothing that the store has acknowledged. A signal that a wrapper passes on arrives twice within milliseconds
 * and counts once.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const codes = { SIGINT: 130, SIGTERM: 143 } as const
const sameSignalMs = 200

export interface Interruption {
  /** Succeeds with the exit code when the first signal comes. */
  readonly requested: Effect.Effect<number>
  /** The exit code, once a signal has come. */
  readonly code: () => number | undefined
}

export const listen: Effect.Effect<Interruption, never, Scope.Scope> = Effect.gen(function* () {
  const first = yield* Deferred.make<number>()
  let firstAtMs: number | undefined
  let code: number | undefined
  const onSignal = (signal: keyof typeof codes) => {
    const nowMs = performance.now()
    if (firstAtMs === undefined) {
      firstAtMs = nowMs
      code = codes[signal]
      Deferred.unsafeDone(first, Effect.succeed(code))
    } else if (nowMs - firstAtMs > sameSignalMs) process.exit(codes[signal])
  }
  const signals = Object.keys(codes) as Array<keyof typeof codes>
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      for (const signal of signals) process.on(signal, onSignal)
    }),
    () =>
      Effect.sync(() => {
        for (const signal of signals) process.off(signal, onSignal)
      }),
  )
  return { requested: Deferred.await(first), code: () => code }
})
