import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as TimeWindow from "../../web/TimeWindow.ts"

const endUs = 60_000_000
const windows = fc
  .tuple(fc.nat(endUs), fc.integer({ min: 1, max: endUs }))
  .map(([from, width]) => TimeWindow.within(from, width, endUs))

describe("a window of time", () => {
  it("stays within the run, wherever it is moved and however it is zoomed", () => {
    fc.assert(
      fc.property(
        windows,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.nat(endUs),
        (window, factor, us) => {
          const moved = [
            TimeWindow.zoom(window, factor, us, endUs),
            TimeWindow.pan(window, us - endUs / 2, endUs),
            TimeWindow.showing(window, us, endUs),
          ]
          for (const { fromUs, toUs } of moved) {
            expect(fromUs).toBeGreaterThanOrEqual(0)
            expect(toUs).toBeLessThanOrEqual(endUs + 0.001)
            expect(toUs - fromUs).toBeGreaterThanOrEqual(99.9)
          }
          const { fromUs, toUs } = moved[2]!
          expect(us >= fromUs - 0.001 && us <= toUs + 0.001).toBe(true)
        },
      ),
    )
  })

  it("zooms about a time that stays where it is", () => {
    const { fromUs, toUs } = TimeWindow.zoom({ fromUs: 20_000_000, toUs: 40_000_000 }, 2, 25_000_000, endUs)
    expect([fromUs, toUs]).toEqual([22_500_000, 32_500_000])
  })

  it("has marks at round times, with the digits that tell them apart", () => {
    const window = { fromUs: 12_340_000, toUs: 12_410_000 }
    const marks = TimeWindow.ticks(window, 7)
    expect(marks).toEqual([
      12_340_000, 12_350_000, 12_360_000, 12_370_000, 12_380_000, 12_390_000, 12_400_000, 12_410_000,
    ])
    expect(TimeWindow.secondsOf(marks[1]!, 10_000)).toBe("12.35")
  })
})
