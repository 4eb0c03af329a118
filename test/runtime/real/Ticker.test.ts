import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Ticker from "../../../src/runtime/real/Ticker.ts"

const ticker = fc
  .record({ tickRateHz: fc.integer({ min: 1, max: 1_000 }), seconds: fc.integer({ min: 1, max: 30 }) })
  .map(
    ({ tickRateHz, seconds }): Ticker.Ticker => ({
      startUs: 1_790_000_000_000_000,
      phaseUs: Math.floor(500_000 / tickRateHz),
      tickRateHz,
      ticks: seconds * tickRateHz,
    }),
  )

describe("a ticker", () => {
  it("counts as overdue exactly the ticks that are more than a second late", () => {
    fc.assert(
      fc.property(ticker, fc.nat(40_000_000), fc.nat(50), (t, elapsedUs, from) => {
        const k = Math.min(from, t.ticks)
        const nowUs = t.startUs + elapsedUs
        let expected = 0
        while (k + expected < t.ticks && nowUs - Ticker.dueUs(t, k + expected) > 1_000_000) expected++
        expect(Ticker.overdue(t, k, nowUs)).toBe(expected)
      }),
    )
  })
})
