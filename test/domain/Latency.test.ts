/** Exponential latencies are drawn by comparing draws only, and are exponentially distributed all the same. */
import { describe, expect, it } from "vitest"
import * as Latency from "../../src/domain/Latency.ts"
import * as Random from "../../src/domain/Random.ts"
import * as Schedule from "../../src/domain/Schedule.ts"

describe("exponential latencies", () => {
  const meanUs = 100_000
  const draw = Random.draws(7, Random.Purpose.network, 1)
  const drawn = Array.from({ length: 200_000 }, () => Latency.next({ law: "exponential", meanUs }, draw))

  it("have their mean, and exp(-t / mean) of them are longer than t", () => {
    const mean = drawn.reduce((sum, us) => sum + us, 0) / drawn.length
    expect(Math.abs(mean / meanUs - 1)).toBeLessThan(0.01)
    for (const means of [0.1, 0.5, 1, 2, 4]) {
      const share = drawn.filter((us) => us >= means * meanUs).length / drawn.length
      expect(Math.abs(share - Math.exp(-means))).toBeLessThan(0.005)
    }
  })

  it("are whole, and from 1 us to 30 means", () => {
    const longest = Latency.next(
      { law: "exponential", meanUs },
      (() => {
        let flip = 0
        return () => [5, 3, 4][flip++ % 3]!
      })(),
    )
    expect(longest).toBe(30 * meanUs)
    expect(drawn.every((us) => Number.isInteger(us) && us >= 1)).toBe(true)
  })
})

describe("a skewed clock's ticks", () => {
  it("are due as exact arithmetic has it, a week long, and counted so", () => {
    for (const skewPpm of [-500_000, -10_000, -1, 0, 1, 333_333, 500_000]) {
      const exact = (k: number) =>
        Number((BigInt(123 + Math.floor((k * 1e6) / 7)) * 1_000_000n) / BigInt(1_000_000 + skewPpm))
      for (const k of [0, 1, 6, 7, 1_000_003, 4_233_599])
        expect(Schedule.offsetUs(123, 7, k, skewPpm)).toBe(exact(k))
      for (const durationUs of [1, exact(100), exact(100) + 1, 604_800_000_000]) {
        const ticks = Schedule.ticksDue(123, 7, durationUs, skewPpm)
        expect(exact(ticks)).toBeGreaterThanOrEqual(durationUs)
        if (ticks > 0) expect(exact(ticks - 1)).toBeLessThan(durationUs)
      }
    }
  })
})
