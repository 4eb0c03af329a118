/** How fast a replay goes: an event when the person says so, or at the run's own times. */
import { createInterface } from "node:readline"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Waits until an event of this time may be shown; false if nothing more is wanted. */
export type Pace = (occurredAtUs: number) => Effect.Effect<boolean>

/** Every line of standard input asks for the next event; q, or its end, for none. */
export const bySteps: Effect.Effect<Pace, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => createInterface({ input: process.stdin, terminal: false })),
    (lines) => Effect.sync(() => lines.close()),
  ),
  (lines): Pace => {
    const iterator = lines[Symbol.asyncIterator]()
    return () =>
      Effect.map(
        Effect.promise(() => iterator.next()),
        ({ done, value }) => done !== true && String(value).trim().toLowerCase() !== "q",
      )
  },
)

/** In time, `factor` times as fast as it was. */
export const inTime = (factor: number): Pace => {
  let begun: { readonly atMs: number; readonly atUs: number } | undefined
  return (occurredAtUs) =>
    Effect.suspend(() => {
      begun ??= { atMs: performance.now(), atUs: occurredAtUs }
      const dueMs = begun.atMs + (occurredAtUs - begun.atUs) / 1_000 / factor
      const waitMs = dueMs - performance.now()
      return waitMs > 0 ? Effect.as(Effect.sleep(Duration.millis(waitMs)), true) : Effect.succeed(true)
    })
}
