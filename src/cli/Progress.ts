/** How far the reading of a long log is: a line now and then, nothing for a short one. */
import * as Effect from "effect/Effect"

const lineEveryMs = 2_000

export type Progress = (position: number) => Effect.Effect<void>

/** Tells `say`, at most every two seconds, what has been done of `head` events, and how fast. */
export const make = (say: (text: string) => Effect.Effect<void>, done: string, head: number): Progress => {
  const begunMs = performance.now()
  let toldMs = begunMs
  return (position) => {
    const nowMs = performance.now()
    if (nowMs - toldMs < lineEveryMs || position >= head) return Effect.void
    toldMs = nowMs
    const rate = position / ((nowMs - begunMs) / 1_000)
    const leftS = Math.ceil((head - position) / rate)
    return say(
      `${done} ${position} of ${head} events (${Math.floor((position / head) * 100)} %), ${Math.round(rate)} a second, ${leftS} s left`,
    )
  }
}
