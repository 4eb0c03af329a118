import { expect, test, vi } from "vitest"
import { manyProcessesMs } from "../../support/Cli.ts"
import { torture } from "./Torture.ts"

vi.setConfig({ testTimeout: manyProcessesMs })

test("an embedded store that is killed mid-write opens with all that it acknowledged, each event once", async () => {
  const seed = Math.floor(Math.random() * 1_000_000)
  console.log(`torture-embedded: seed ${seed}; again with: npx tsx scripts/torture-embedded.ts 3 ${seed}`)
  const { kills, events } = await torture(3, seed)
  expect(kills).toBe(3)
  expect(events).toBeGreaterThan(0)
})
