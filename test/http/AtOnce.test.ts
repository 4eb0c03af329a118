import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import * as AtOnce from "../../src/http/AtOnce.ts"

const running = (most: { atOnce: number; waiting: number }) =>
  Effect.gen(function* () {
    const turn = yield* AtOnce.make("things", most.atOnce, most.waiting)
    const gate = yield* Deferred.make<void>()
    let begun = 0
    const work = turn(
      Effect.suspend(() => {
        begun++
        return Deferred.await(gate)
      }),
    )
    return { turn, gate, work, begun: () => begun }
  })

it("so many are at work, so many wait, and the next is told to come again", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { gate, work, begun } = yield* running({ atOnce: 2, waiting: 1 })
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(work))
      yield* Effect.yieldNow()
      expect(begun()).toBe(2)
      expect((yield* Effect.flip(work)).message).toBe(
        "Cannot answer: an instance must have at most 3 things in work and waiting, found as many; ask again in 1 s",
      )
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach(fibers, Fiber.join)
      expect(begun()).toBe(3)
      yield* work
    }),
  ))

it("who is interrupted, waiting or at work, or fails, leaves his place", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { turn, gate, work } = yield* running({ atOnce: 1, waiting: 1 })
      const fibers = yield* Effect.forEach([1, 2], () => Effect.fork(work))
      yield* Effect.yieldNow()
      expect((yield* Effect.either(work))._tag).toBe("Left")
      yield* Effect.forEach(fibers, Fiber.interrupt)
      expect(yield* Effect.flip(turn(Effect.fail("broken")))).toBe("broken")
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach([1, 2], () => work, { concurrency: 2 })
    }),
  ))
