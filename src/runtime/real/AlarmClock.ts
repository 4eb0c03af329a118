/**
 * Wakes the machines of a process, one timer for all of them. A timer a machine left an object behind at every tick, and
 * was often late by a whole millisecond, as the event loop's own clock counts no less. Whoever has work in many parts
 * lets what is due ring between two of them, so that no tick waits for all of a batch of messages.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Happenings } from "../Happenings.ts"
import type { MonotonicClock } from "./MonotonicClock.ts"

/** Set by whoever wakes, at most once until it has rung. */
export interface Alarm {
  /** The instant, microseconds. */
  atUs: number
  /** Among those of one instant. */
  readonly order: number
  readonly wake: () => void
}

export interface AlarmClock {
  /** Rings as soon after its instant as may be, never before it. */
  readonly set: (alarm: Alarm) => void
  /** Rings all that are due. */
  readonly ringDue: () => void
}

/** Node's shortest. */
const minDelayMs = 1

/** Rings no more once the scope is closed. */
export const make = (clock: MonotonicClock): Effect.Effect<AlarmClock, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Ringing(clock)),
    (ringing) => Effect.sync(() => ringing.end()),
  )

class Ringing implements AlarmClock {
  private readonly clock: MonotonicClock
  private readonly alarms = new Happenings<Alarm>()
  private timer: NodeJS.Timeout | undefined
  private delayMs = 0
  private timerAtUs = Number.POSITIVE_INFINITY

  constructor(clock: MonotonicClock) {
    this.clock = clock
  }

  set(alarm: Alarm): void {
    this.alarms.push(alarm)
    if (alarm.atUs < this.timerAtUs) this.wait()
  }

  readonly ringDue = (): void => {
    const nowUs = this.clock.nowUs()
    while (this.alarms.nextUs <= nowUs) this.alarms.pop()!.wake()
  }

  end(): void {
    clearTimeout(this.timer)
    this.timerAtUs = Number.NEGATIVE_INFINITY
  }

  private readonly ring = (): void => {
    // What is set meanwhile is looked at when all has rung.
    this.timerAtUs = Number.NEGATIVE_INFINITY
    this.ringDue()
    this.timerAtUs = Number.POSITIVE_INFINITY
    if (this.alarms.nextUs < this.timerAtUs) this.wait()
  }

  private wait(): void {
    const nowUs = this.clock.nowUs()
    const delayMs = Math.max(minDelayMs, Math.ceil((this.alarms.nextUs - nowUs) / 1_000))
    this.timerAtUs = nowUs + delayMs * 1_000
    if (this.timer !== undefined && delayMs === this.delayMs) {
      this.timer.refresh()
      return
    }
    clearTimeout(this.timer)
    this.delayMs = delayMs
    this.timer = setTimeout(this.ring, delayMs)
  }
}
