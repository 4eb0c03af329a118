/**
 * Where machines' fibers wait for the start. They are there before it is stamped and hear of it by a callback, all in one
 * turn of the event loop: to begin a thousand fibers takes as long as some ticks may be late.
 */
import * as Effect from "effect/Effect"
import * as Signal from "../Signal.ts"

export interface StartingLine {
  /** Takes a place; `go` is told the start of all schedules. */
  readonly wait: (go: (startUs: number) => void) => void
  /** Waits until every place is taken. */
  readonly full: Effect.Effect<void>
  readonly start: (startUs: number) => void
}

export const make = (places: number): StartingLine => {
  const waiting: Array<(startUs: number) => void> = []
  const taken = Signal.make()
  return {
    wait: (go) => {
      waiting.push(go)
      taken.notify()
    },
    full: Signal.look(taken, () => (waiting.length === places ? Effect.void : undefined)),
    start: (startUs) => {
      for (const go of waiting) go(startUs)
    },
  }
}
