import { expect, it } from "vitest"
import { complaints, cutLinks } from "../support/LinkCutting.ts"

const seed = Math.floor(Math.random() * 1_000_000)

it.concurrent.each(["backpressure", "drop-newest", "drop-oldest"] as const)(
  `loses, doubles and reorders nothing over links cut in every way, with %s (seed ${seed})`,
  async (overflow) => {
    const outcome = await cutLinks(overflow, 18, seed)
    expect(complaints(outcome)).toEqual([])
    expect(Object.keys(outcome.cuts).length).toBeGreaterThan(9)
    expect(outcome.disposals.length).toBe(6)
    expect(outcome.verdict.counts.received).toBeGreaterThan(500)
    expect(outcome.verdict.counts.dropped > 100).toBe(overflow !== "backpressure")
  },
)
