/** The law of the lift is held to runs of the shortest simulator there is, which delivers at once. */
import { describe, expect, it } from "vitest"
import * as Prediction from "../../src/domain/Prediction.ts"
import * as ExpectedLift from "../../src/domain/prediction/ExpectedLift.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import { measure } from "./ScaleModel.ts"

const seeds = 60
const durationUs = 300_000_000

const expectedOf = (config: RunConfig.RunConfig): number =>
  ExpectedLift.hz(config, Prediction.predict(config).fixedPoints[0]!)

describe("the expected lift", () => {
  const settings: ReadonlyArray<readonly [ReadonlyArray<number>, number]> = [
    [[6, 6, 6], 10],
    [[1, 6, 6], 10],
    [[3, 5, 6], 10],
    [[2, 4, 6], 10],
    [[5, 5, 5], 7],
    [[4, 6, 6], 14],
  ]
  it.each(settings)(
    "is what rates %j with %d sides gain, within two in a hundred of the rate",
    (rates, sides) => {
      const config = { ...RunConfig.defaults, rates, sides, durationUs }
      const clocks = Array.from({ length: seeds }, (_, seed) => {
        const { machines, seconds } = measure({ ...config, seed: seed + 1 })
        return Math.max(...machines.map(({ lamport }) => lamport)) / seconds
      })
      const fastest = Math.max(...rates)
      const lift = clocks.reduce((sum, clock) => sum + clock, 0) / seeds - fastest
      expect(Math.abs(expectedOf(config) - lift) / fastest).toBeLessThan(0.02)
    },
  )

  it("is none of a machine that is alone, and less the more slowly the others tick", () => {
    const of = (rates: ReadonlyArray<number>) =>
      expectedOf({ ...RunConfig.defaults, machines: rates.length, rates })
    expect(of([6])).toBe(0)
    expect(of([6, 6, 6])).toBeGreaterThan(of([5, 5, 6]))
    expect(of([5, 5, 6])).toBeGreaterThan(of([3, 3, 6]))
  })
})
