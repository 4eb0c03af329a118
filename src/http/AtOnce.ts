/** So many at once, so many more who wait their turn; whoever comes then is told to come again. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

export class Busy extends Data.TaggedError("Busy")<{ readonly what: string; readonly most: number }> {
  readonly field = "instance"
  override get message() {
    return `Cannot answer: an instance must have at most ${this.most} ${this.what} in work and waiting, found as many; ask again in 1 s`
  }
}

export type Turn = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Busy, R>

export const make = (what: string, atOnce: number, waiting: number): Effect.Effect<Turn> =>
  Effect.map(Effect.makeSemaphore(atOnce), (semaphore) => {
    const most = atOnce + waiting
    let inside = 0
    const leave = Effect.sync(() => {
      inside--
    })
    return <A, E, R>(work: Effect.Effect<A, E, R>) =>
      Effect.suspend((): Effect.Effect<A, E | Busy, R> => {
        if (inside >= most) return Effect.fail(new Busy({ what, most }))
        inside++
        return Effect.ensuring(semaphore.withPermits(1)(work), leave)
      })
  })
