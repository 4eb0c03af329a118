/**
 * A machine's own fiber: from the start on it makes every tick of its schedule, or records why it could not.
 *
 * The whole schedule is one asynchronous effect over an alarm rather than a loop of sleeps: a sleep costs the
 * fiber runtime some fifteen kilobytes of short-lived objects, and at six thousand ticks a second collecting
 * them made ticks later than anything else did.
 */
import * as Effect from "effect/Effect"
import type { Alarm, AlarmClock } from "./AlarmClock.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import type { StartingLine } from "./StartingLine.ts"
import * as Ticker from "./Ticker.ts"

export const run = (
  machine: LiveMachine,
  schedule: Ticker.Schedule,
  line: Pick<StartingLine, "wait">,
  alarms: Pick<AlarmClock, "set">,
  firstTick = 0,
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    let ticker: Ticker.Ticker
    let k = firstTick
    let waitedForStore = false
    let over = false

    /** Makes what is due; false where the store must answer first. */
    const makeDue = (): boolean => {
      while (k < ticker.ticks && Ticker.dueUs(ticker, k) <= machine.clock.nowUs()) {
        if (!machine.mayDecide) return false
        const count = Ticker.overdue(ticker, k, machine.clock.nowUs())
        if (count > 0) {
          machine.put({ input: "miss", first: k, count, reason: waitedForStore ? "store-outage" : "overdue" })
          k += count
        } else machine.tick(Ticker.dueUs(ticker, k++))
        waitedForStore = false
      }
      return true
    }
    const step = (): void => {
      if (over) return
      if (!machine.isUp) machine.onceUp(step)
      else if (!makeDue()) {
        waitedForStore = true
        machine.onceAcknowledged(step)
      } else if (k === ticker.ticks) resume(Effect.void)
      else {
        alarm.atUs = Ticker.dueUs(ticker, k)
        alarms.set(alarm)
      }
    }
    const alarm: Alarm = { atUs: 0, order: machine.machine, wake: step }
    line.wait((startUs) => {
      ticker = Ticker.started(schedule, startUs)
      step()
    })
    return Effect.sync(() => {
      over = true
    })
  })
