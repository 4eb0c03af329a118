/** The SQL function, held against the domain's answer on both stores. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { address, type LabEvent, type Logged } from "../../src/domain/ClockEvent.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Random from "../../src/domain/Random.ts"
import { type OpenStore, openEmbeddedIn, openNative } from "../contract/Stores.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { simulate } from "../domain/Simulator.ts"
import { createDatabase } from "../support/SharedPostgres.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const seconds = (s: number) => s * 1_000_000
const runs: Readonly<Record<string, ReadonlyArray<Logged>>> = {
  threemachine: simulate({ config: { rates: [30, 20, 7], seed: 5, durationUs: seconds(12) } }),
  eightmachine: simulate({
    config: { machines: 8, rates: [9, 1, 4, 20, 3, 3, 6, 12], seed: 3, durationUs: seconds(10), sides: 40 },
    interruptions: [{ machine: 4, atUs: seconds(4), downUs: seconds(2), crash: true }],
  }),
}

const write = async ({ log }: OpenStore, run: string, logged: ReadonlyArray<Logged>) => {
  const events = logged.map(({ position: _, ...event }) => event as LabEvent)
  const ownership = await Effect.runPromise(log.create(run, "writer"))
  for (let at = 0; at < events.length; at += Limits.maxEventsPerAppend)
    await Effect.runPromise(
      log.append(ownership, at, `batch ${at}`, events.slice(at, at + Limits.maxEventsPerAppend)),
    )
  await Effect.runPromise(log.release(ownership))
}

const directory = mkdtempSync(join(tmpdir(), "lightcone-happened-"))

type Pair = readonly [a: Logged, b: Logged]

/** Of all the pairs, so many drawn at random. */
const drawn = (events: ReadonlyArray<Logged>, count: number, seed: number): ReadonlyArray<Pair> => {
  const random = Random.draws(seed, Random.Purpose.network, 9)
  const one = () => events[Random.below(random(), events.length)]!
  return Array.from({ length: count }, () => [one(), one()] as const)
}

const ask = async ({ database }: OpenStore, run: string, pairs: ReadonlyArray<Pair>) => {
  const columns = [0, 1].flatMap((side) => [
    pairs.map((pair) => pair[side as 0 | 1].machine),
    pairs.map((pair) => pair[side as 0 | 1].version),
  ])
  const { rows } = await sql<{ before: boolean | null }>`
    select lightcone.happened_before(${run}, a, b, c, d) as before
    from unnest(${columns[0]}::int[], ${columns[1]}::int[], ${columns[2]}::int[], ${columns[3]}::int[])
      with ordinality as pair (a, b, c, d, place) order by place`.execute(database.db)
  return pairs.map(([a, b], i) => `${address(a)} ${address(b)}: ${rows[i]!.before}`)
}

const one = async ({ database }: OpenStore, run: string, a: string, b: string) => {
  const [machineA, versionA, machineB, versionB] = `${a}/${b}`.split("/").map(Number)
  const { rows } = await sql<{ before: boolean | null }>`
    select lightcone.happened_before(${run}, ${machineA}, ${versionA}, ${machineB}, ${versionB}) as before`.execute(
    database.db,
  )
  return rows[0]!.before
}

describe.each([
  ["a native Postgres", async () => openNative(await createDatabase()), () => {}],
  [
    "the embedded store",
    () => openEmbeddedIn(directory),
    () => rmSync(directory, { recursive: true, force: true }),
  ],
] as const)("happened_before on %s", (_, open, clean) => {
  let store: OpenStore
  beforeAll(async () => {
    store = await open()
    for (const [run, log] of Object.entries(runs)) await write(store, run, log)
  })
  afterAll(async () => {
    await store.close()
    clean()
  })

  it.each(Object.entries(runs))(
    "answers random pairs of %s as a walk of the graph does",
    async (run, log) => {
      const graph = causalGraph(log)
      for (const seed of [1, 2, 3]) {
        const pairs = drawn(graph.events, 300, seed)
        const expected = pairs.map(
          ([a, b]) => `${address(a)} ${address(b)}: ${graph.happenedBefore(address(a), address(b))}`,
        )
        expect(await ask(store, run, pairs), `seed ${seed}`).toEqual(expected)
        expect(new Set(expected.map((text) => text.split(": ")[1])).size).toBe(2)
      }
    },
  )

  it("answers null where either is no clock event of the run, and false for an event and itself", async () => {
    const run = "threemachine"
    const clock = address(causalGraph(runs[run]!).events[0]!)
    for (const other of ["1/1", "0/1", "1/99999", "9/2", "1/0", "1/-3"]) {
      expect([other, await one(store, run, clock, other)]).toEqual([other, null])
      expect([other, await one(store, run, other, clock)]).toEqual([other, null])
    }
    expect(await one(store, "nosuchrunyet", clock, clock)).toBe(null)
    expect(await one(store, "eightmachine", "3/9", "3/9")).toBe(false)
  })

  it("answers a reader whose search path has other things first", async () => {
    await store.database.db.transaction().execute(async (transaction) => {
      await sql`create temporary table log (run_key integer, kind integer) on commit drop`.execute(
        transaction,
      )
      await sql`set local search_path = pg_temp, public`.execute(transaction)
      const { rows } = await sql`
        select lightcone.happened_before('threemachine', 1, 2, 1, 3) as before`.execute(transaction)
      expect(rows).toEqual([{ before: true }])
    })
  })
})

it("reads what stands between the two events and no more, in a database that was never analysed", async () => {
  const store = await openNative(await createDatabase())
  const run = "longlonglong"
  const log = simulate({
    config: { machines: 2, rates: [500, 500], seed: 2, durationUs: seconds(20), sides: 100_000 },
    maxDelayUs: 1_000,
  })
  expect(log.length).toBeGreaterThan(20_000)
  await write(store, run, log)
  const clocks = causalGraph(log).events
  const fetched = (a: Logged, b: Logged) =>
    store.database.db.transaction().execute(async (transaction) => {
      const answer = sql`select lightcone.happened_before(${run}, ${a.machine}, ${a.version}, ${b.machine}, ${b.version})`
      // A plan made once for all parameters is what many calls of one connection come to.
      for (const _ of Array.from({ length: 8 })) await answer.execute(transaction)
      const reads = async () => {
        const { rows } = await sql<{ rows: number; scans: number }>`
          select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as rows, seq_scan::int as scans
          from pg_stat_xact_user_tables where relid = 'lightcone.log'::regclass`.execute(transaction)
        return rows[0]!
      }
      const before = await reads()
      await answer.execute(transaction)
      const after = await reads()
      // What the connection did before, such as making the indexes, may not have been told yet.
      expect(after.scans - before.scans).toBe(0)
      return after.rows - before.rows
    })
  const from = clocks[3_000]!
  const after = (distance: number) =>
    clocks.slice(3_000 + distance).find(({ machine }) => machine !== from.machine)!
  // Two rows to know where the events stand, and both ends' shares of the index, of 64 positions each.
  for (const distance of [10, 1_000, 10_000]) {
    const to = after(distance)
    const between = to.position - from.position
    const rows = await fetched(from, to)
    expect(rows).toBeGreaterThan(between)
    expect(rows).toBeLessThanOrEqual(between + 2 + 2 * 64 * 64)
    if (distance === 10) expect(rows).toBeLessThanOrEqual(2 + 3 * 64)
  }
  expect(await fetched(after(10_000), from)).toBeLessThanOrEqual(2)
  await store.close()
})
