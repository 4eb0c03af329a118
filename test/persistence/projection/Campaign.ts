/** Cases one after another on a store: what processes that are killed leave behind, and what a rebuild makes. */
import { rmSync } from "node:fs"
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import * as Random from "../../../src/domain/Random.ts"
import * as RunCatalogue from "../../../src/persistence/RunCatalogue.ts"
import { type OpenStore, openEmbeddedIn, openNative } from "../../contract/Stores.ts"
import { keeperOf } from "./Keeper.ts"
import { bundleWorker, rebuilt, rowsOf, temporary, torture } from "./ProjectionCase.ts"
import { runOf } from "./ProjectionLog.ts"

type Rows = Awaited<ReturnType<typeof rowsOf>>

export interface Campaign {
  readonly tryOne: (seed: number) => Promise<{ live: Rows; rebuilt: Rows; killed: number }>
  readonly close: () => Promise<void>
}

const drawOf = (seed: number) => Random.draws(seed, Random.Purpose.fault, 9)

const remove = async ({ database: { db } }: OpenStore, run: string): Promise<void> => {
  await sql`update lightcone.run_heads set lease_until = null where run_id = ${run}`.execute(db)
  await Effect.runPromise(RunCatalogue.make(db, "the test").remove(run))
}

export const nativeOn = async (make: () => Promise<string>): Promise<Campaign> => {
  const url = await make()
  const [store, bare, worker] = await Promise.all([openNative(url), make().then(openNative), bundleWorker()])
  for (const { database } of [store, bare]) await Effect.runPromise(keeperOf(database).prepare)
  return {
    tryOne: async (seed) => {
      const draw = drawOf(seed)
      const job = (round: number, n: number) => ({
        url,
        seed,
        draw: seed * 10 + round * 2 + n,
        copy: n === 1,
      })
      const killed = await torture(worker, (round) => [job(round, 0), job(round, 1)], draw)
      const live = await rowsOf(store.database.db, runOf(seed))
      const made = await rebuilt(bare.database, seed)
      await remove(store, runOf(seed))
      await remove(bare, runOf(seed))
      return { live, rebuilt: made, killed }
    },
    close: async () => {
      worker.remove()
      await store.close()
      await bare.close()
    },
  }
}

export const embedded = async (): Promise<Campaign> => {
  const [directory, bareDirectory] = [temporary("lightcone-live-"), temporary("lightcone-bare-")]
  const worker = await bundleWorker()
  const bare = await openEmbeddedIn(bareDirectory)
  await Effect.runPromise(keeperOf(bare.database).prepare)
  return {
    tryOne: async (seed) => {
      const job = (round: number) => ({ directory, seed, draw: seed * 10 + round, copy: false })
      const killed = await torture(worker, (round) => [job(round)], drawOf(seed))
      const store = await openEmbeddedIn(directory)
      const live = await rowsOf(store.database.db, runOf(seed))
      await remove(store, runOf(seed))
      await store.close()
      const made = await rebuilt(bare.database, seed)
      await remove(bare, runOf(seed))
      return { live, rebuilt: made, killed }
    },
    close: async () => {
      worker.remove()
      await bare.close()
      for (const one of [directory, bareDirectory]) rmSync(one, { recursive: true, force: true })
    },
  }
}
