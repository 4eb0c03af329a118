/** A machine's own fiber: it makes every tick of its schedule, or records why it could not. */
import * as Effect from "effect/Effect"
import type { LiveMachine } from "./LiveMachine.ts"
import * as Ticker from "./Ticker.ts"

export const run = (machine: LiveMachine, ticker: Ticker.Ticker, firstTick = 0): Effect.Effect<void> =>
  Effect.gen(function* () {
    let k = firstTick
    let waitedForStore = false
    while (k < ticker.ticks) {
      const ms = Ticker.waitMs(ticker, k, machine.clock.nowUs())
      if (ms > 0) {
        yield* Effect.sleep(ms)
        continue
      }
      if (!machine.mayDecide) {
        yield* machine.window
        waitedForStore = true
        continue
      }
      const count = Ticker.overdue(ticker, k, machine.clock.nowUs())
      if (count > 0) {
        machine.put({ input: "miss", first: k, count, reason: waitedForStore ? "store-outage" : "overdue" })
        k += count
      } else {
        machine.tick(Ticker.dueUs(ticker, k))
        k++
      }
      waitedForStore = false
    }
  })
