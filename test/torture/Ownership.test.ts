/** A short round of scripts/torture-ownership.ts: a contest of each kind, also through a pooler where there is one. */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest"
import { type PgBouncer, pgBouncerPath, startPgBouncer } from "../support/PgBouncer.ts"
import { type Postgres, startPostgres } from "../support/Postgres.ts"
import { openArena } from "./Arena.ts"
import { type Arena, contests, tryContest } from "./Ownership.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

describe("of those who would write a run", () => {
  let server: Postgres
  let pooler: PgBouncer | undefined
  let arena: Arena
  beforeAll(async () => {
    server = await startPostgres()
    if (pgBouncerPath() !== undefined) pooler = await startPgBouncer(server.url)
    arena = await openArena(inject("program"), server.url, pooler === undefined ? [] : [pooler.url])
  })
  afterAll(async () => {
    await pooler?.stop()
    await server.stop()
  })

  for (const contest of contests)
    it.concurrent(`one does: ${contest}`, async () => {
      const seed = 2 * Math.floor(Math.random() * 1_000_000)
      console.log(`${contest}: seeds ${seed} and ${seed + 1}`)
      const results = [await tryContest(contest, seed, arena), await tryContest(contest, seed + 1, arena)]
      expect(results.flatMap(({ complaints }) => complaints)).toEqual([])
      expect(results.map(({ pooled }) => pooled)).toEqual([false, pooler !== undefined])
    })
})
