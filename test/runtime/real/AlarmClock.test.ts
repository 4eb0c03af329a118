import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import * as Random from "../../../src/domain/Random.ts"
import * as AlarmClock from "../../../src/runtime/real/AlarmClock.ts"
import * as MonotonicClock from "../../../src/runtime/real/MonotonicClock.ts"

const ms = 1_000
const seed = Math.floor(Math.random() * 1e9)

it(`rings each alarm once for each time that it is set, never early, and none after its end (seed ${seed})`, async () => {
  const draw = Random.draws(seed, Random.Purpose.fault, 1)
  const random = () => draw() / 2 ** 32
  const clock = MonotonicClock.make()
  const rung: Array<{ alarm: number; setUs: number; atUs: number }> = []
  let expected = 0
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const alarms = yield* AlarmClock.make(clock)
        const startUs = clock.nowUs()
        for (let order = 0; order < 50; order++) {
          let left = 1 + Math.floor(random() * 20)
          expected += left
          const alarm = {
            atUs: startUs + Math.floor(random() * 50 * ms),
            order,
            wake: () => {
              rung.push({ alarm: order, setUs: alarm.atUs, atUs: clock.nowUs() })
              if (--left === 0) return
              alarm.atUs += Math.floor(random() * 20 * ms)
              alarms.set(alarm)
            },
          }
          alarms.set(alarm)
        }
        let never = false
        alarms.set({ atUs: clock.nowUs() + 600 * ms, order: 50, wake: () => (never = true) })
        const asked = setInterval(alarms.ringDue, 3)
        yield* Effect.sleep(550)
        clearInterval(asked)
        expect(never).toBe(false)
      }),
    ),
  )
  expect(rung).toHaveLength(expected)
  for (const { setUs, atUs } of rung) expect(atUs).toBeGreaterThanOrEqual(setUs)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(rung).toHaveLength(expected)
})
