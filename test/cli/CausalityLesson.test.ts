import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { lessons } from "../../src/cli/lesson.ts"
import * as RunOptions from "../../src/cli/RunOptions.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import { survey } from "../domain/Interleavings.ts"

it("the lesson's run holds a counterexample whichever way its ticks and messages interleave", () => {
  const config = Effect.runSync(RunOptions.decode(lessons.causality))
  const { orderedBeginnings, orderedRuns } = survey(config)
  expect(orderedBeginnings).toBeGreaterThan(100)
  expect(orderedRuns).toBe(0)
})

it("runs without a counterexample are found where there are some", () => {
  const alone = { ...RunConfig.defaults, machines: 1, rates: [5], durationUs: 2_000_000 }
  expect(survey(alone)).toEqual({ orderedBeginnings: 11, orderedRuns: 1 })
  const two = (seed: number) =>
    survey({ ...RunConfig.defaults, machines: 2, rates: [1, 2], sides: 3, durationUs: 1_000_000, seed })
  expect(Array.from({ length: 10 }, (_, seed) => two(seed).orderedRuns).some((runs) => runs > 0)).toBe(true)
})
