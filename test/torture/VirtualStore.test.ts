/** A short round of scripts/virtual-store.ts. */
import { expect, inject, it, vi } from "vitest"
import { createDatabase } from "../support/SharedPostgres.ts"
import { tryVirtualStore } from "./VirtualStore.ts"

vi.setConfig({ testTimeout: 120_000 })

it("a virtual run of 200,000 events is stored, verified, killed on its way and gone on with", async () => {
  const seed = Math.floor(Math.random() * 1_000_000)
  console.log(`seed ${seed}; again with: npx tsx scripts/virtual-store.ts 200000 ${seed}`)
  const size = { machines: 200, events: 200_000, killedAt: 0.3 }
  const url = await createDatabase()
  const complaints = await tryVirtualStore({
    ...size,
    program: inject("program"),
    url,
    seed,
    isBrief: true,
    say: console.log,
  })
  expect(complaints).toEqual([])
})
