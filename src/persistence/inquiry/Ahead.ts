/** Pages that are read while the one before them is dealt with: the store works meanwhile. */
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** So that the question for the next page leaves before this one is dealt with. */
const letLeave = Effect.promise(() => setImmediate())

/** Hands page after page to `use`, up to an empty one; `next` asks for the page after the one that it is given. */
export const eachPage = <A, E>(
  first: Effect.Effect<ReadonlyArray<A>, E>,
  next: (page: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<A>, E>,
  use: (page: ReadonlyArray<A>) => void,
): Effect.Effect<void, E> =>
  Effect.gen(function* () {
    for (let page = yield* first; page.length > 0; ) {
      const asked = yield* Effect.fork(next(page))
      yield* letLeave
      use(page)
      page = yield* Fiber.join(asked)
    }
  })
