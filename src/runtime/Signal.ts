/**
 * Wakes the fibers that wait for a condition to be looked at again. It holds no value and no memory: a waiter
 * checks its condition, waits, and checks again. Waiters are fibers that their owners bound.
 */
import * as Effect from "effect/Effect"

export interface Signal {
  readonly wait: Effect.Effect<void>
  /** As `wait`, for code that is no effect; `wake` is called at most once. */
  readonly once: (wake: () => void) => void
  readonly notify: () => void
}

export const make = (): Signal => {
  let waiters: Array<() => void> = []
  return {
    wait: Effect.async<void>((resume) => {
      const wake = () => resume(Effect.void)
      waiters.push(wake)
      return Effect.sync(() => {
        waiters = waiters.filter((waiter) => waiter !== wake)
      })
    }),
    once: (wake) => {
      waiters.push(wake)
    },
    notify: () => {
      if (waiters.length === 0) return
      const woken = waiters
      waiters = []
      for (const wake of woken) wake()
    },
  }
}

/**
 * Looks now, and again at each notification, in a callback that costs no turn of a fiber; ends with the effect that is
 * given once there is one.
 */
export const look = <A, E>(
  { once }: Pick<Signal, "once">,
  find: () => Effect.Effect<A, E> | undefined,
): Effect.Effect<A, E> =>
  Effect.async<A, E>((resume) => {
    let over = false
    const again = (): void => {
      if (over) return
      const found = find()
      if (found === undefined) {
        once(again)
        return
      }
      over = true
      resume(found)
    }
    again()
    return Effect.sync(() => {
      over = true
    })
  })
