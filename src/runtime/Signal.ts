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

/**
 * The first to wait stands alone, which is all there mostly is: a list made for each wait would live until it is over, and
 * the lists of thousands of links were most of what the collector copied.
 */
export const make = (): Signal => {
  let first: (() => void) | undefined
  let others: Array<() => void> = []
  const add = (wake: () => void): void => {
    if (first === undefined && others.length === 0) first = wake
    else others.push(wake)
  }
  return {
    wait: Effect.async<void>((resume) => {
      const wake = () => resume(Effect.void)
      add(wake)
      return Effect.sync(() => {
        if (first === wake) first = undefined
        else others = others.filter((waiter) => waiter !== wake)
      })
    }),
    once: add,
    notify: () => {
      const alone = first
      first = undefined
      if (others.length === 0) {
        alone?.()
        return
      }
      const woken = others
      others = []
      alone?.()
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
