import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as Random from "../../../src/domain/Random.ts"
import * as AlarmClock from "../../../src/runtime/real/AlarmClock.ts"
import * as MonotonicClock from "../../../src/runtime/real/MonotonicClock.ts"

const ms = 1_000
const seed = Math.floor(Math.random() * 1e9)

describe("alarms", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it(`ring each once for each time that it is set, never early, and none after their end (seed ${seed})`, async () => {
    const draw = Random.draws(seed, Random.Purpose.fault, 1)
    const random = () => draw() / 2 ** 32
    const clock = MonotonicClock.make()
    const rung: Array<{ setUs: number; atUs: number }> = []
    let expected = 0
    let never = false
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const alarms = yield* AlarmClock.make(clock)
          const startUs = clock.nowUs()
          let ringing = 50
          const all = Effect.async<void>((resume) => {
            for (let order = 0; order < 50; order++) {
              let left = 1 + Math.floor(random() * 20)
              expected += left
              const alarm = {
                atUs: startUs + Math.floor(random() * 50 * ms),
                order,
                wake: () => {
                  rung.push({ setUs: alarm.atUs, atUs: clock.nowUs() })
                  if (--left > 0) {
                    alarm.atUs += Math.floor(random() * 20 * ms)
                    alarms.set(alarm)
                  } else if (--ringing === 0) resume(Effect.void)
                },
              }
              alarms.set(alarm)
            }
          })
          const asked = setInterval(alarms.ringDue, 3)
          yield* all
          clearInterval(asked)
          alarms.set({ atUs: clock.nowUs() + 50 * ms, order: 50, wake: () => (never = true) })
        }),
      ),
    )
    expect(rung).toHaveLength(expected)
    for (const { setUs, atUs } of rung) expect(atUs).toBeGreaterThanOrEqual(setUs)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(rung).toHaveLength(expected)
    expect(never).toBe(false)
  })

  it("ring less than a millisecond late where nothing holds them up", () => {
    vi.useFakeTimers()
    const clock = { nowUs: () => Math.floor(performance.now() * ms) }
    // Whoever sets an alarm has done what was due by then.
    const offsetsUs = fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(offsetsUs, (offsets) => {
        const lateUs: Array<number> = []
        const ringing = Effect.gen(function* () {
          const alarms = yield* AlarmClock.make(clock)
          const startUs = clock.nowUs()
          for (const [order, offsetUs] of offsets.entries()) {
            const atUs = startUs + offsetUs
            alarms.set({ atUs, order, wake: () => lateUs.push(clock.nowUs() - atUs) })
          }
          vi.advanceTimersByTime(3_001)
        })
        Effect.runSync(Effect.scoped(ringing))
        expect(lateUs).toHaveLength(offsets.length)
        expect(Math.min(...lateUs)).toBeGreaterThanOrEqual(0)
        expect(Math.max(...lateUs)).toBeLessThan(ms)
      }),
    )
  })
})
