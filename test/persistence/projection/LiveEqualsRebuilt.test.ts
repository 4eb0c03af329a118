/** A short round of scripts/torture-projections.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createDatabase } from "../../support/SharedPostgres.ts"
import { type Campaign, embedded, nativeOn } from "./Campaign.ts"

const cases = Number(process.env.LIGHTCONE_CASES ?? 1)
const firstSeed = Number(process.env.LIGHTCONE_SEED ?? Math.floor(Math.random() * 1_000_000))

describe.each([
  ["a native Postgres", () => nativeOn(() => createDatabase()), cases],
  ["the embedded store", embedded, Math.ceil(cases / 2)],
] as const)("on %s", (_, open, count) => {
  let campaign: Campaign
  beforeAll(async () => {
    campaign = await open()
  })
  afterAll(() => campaign?.close())

  it(`rows of projectors that were killed at random points are those of a rebuild from the log alone (LIGHTCONE_SEED=${firstSeed})`, async () => {
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const { live, rebuilt } = await campaign.tryOne(seed)
      for (const rows of Object.values(rebuilt)) expect(rows.length, `seed ${seed}`).toBeGreaterThan(0)
      expect(live, `seed ${seed}`).toEqual(rebuilt)
    }
  }, 240_000)
})
