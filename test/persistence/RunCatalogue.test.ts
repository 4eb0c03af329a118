import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { EventLogShape } from "../../src/domain/EventLog.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import * as RunCatalogue from "../../src/persistence/RunCatalogue.ts"
import { oneOfEach } from "../support/Events.ts"
import { type OpenDatabase, openDatabase } from "./OpenDatabase.ts"

const [first, second, third] = ["abcabcabcabc", "abczzzzzzzzz", "xyzxyzxyzxyz"] as const
const { runPromise } = Effect
let database: OpenDatabase
let log: EventLogShape
let catalogue: RunCatalogue.RunCatalogue

const errorOf = <E>(effect: Effect.Effect<unknown, E>) =>
  runPromise(Effect.map(Effect.either(effect), (result) => Either.getOrThrow(Either.flip(result))))

beforeAll(async () => {
  database = await openDatabase()
  await runPromise(Migrator.migrate(database.db))
  log = EventLogPostgres.make(database.db)
  catalogue = RunCatalogue.make(database.db, "the store of this test")
  for (const run of [first, second, third]) {
    const ownership = await runPromise(log.create(run, `owner of ${run}`))
    if (run === second) await runPromise(log.append(ownership, 0, "b", oneOfEach))
    if (run === first) await runPromise(log.append(ownership, 0, "b", oneOfEach.slice(0, -1)))
    if (run !== third) await runPromise(log.release(ownership))
  }
})
afterAll(() => database.close())

describe("the catalogue of runs", () => {
  it("lists runs, the latest first, with their status", async () => {
    const runs = await runPromise(catalogue.list)
    expect(runs.map(({ run_id, status, events }) => [run_id, status, Number(events)])).toEqual([
      [third, "running", 0],
      [second, "finished", oneOfEach.length],
      [first, "interrupted", oneOfEach.length - 1],
    ])
  })

  it("finds a run by its name, by a unique prefix and as the latest", async () => {
    const found = [first, "abcz", "x", "latest"].map((reference) => runPromise(catalogue.resolve(reference)))
    expect(await Promise.all(found)).toEqual([first, second, third, third])
  })

  it("names the candidates of an ambiguous prefix", async () => {
    const error = await errorOf(catalogue.resolve("abc"))
    expect(error).toMatchObject({ _tag: "AmbiguousRun", candidates: [first, second] })
  })

  it("says where it looked for a run that is not there, a pattern being no reference", async () => {
    for (const reference of ["nothere", "%", "abcabcabcabcd", ""]) {
      const error = await errorOf(catalogue.resolve(reference))
      expect(error._tag).toBe("RunNotFound")
      expect(error.message).toContain("the store of this test")
    }
  })

  it("refuses to delete a run whose lease is alive, naming its owner", async () => {
    const error = await errorOf(catalogue.remove(third))
    expect(error).toMatchObject({ _tag: "RunHeld", owner: `owner of ${third}` })
    expect((await runPromise(log.head(third))).position).toBe(0)
  })

  it("deletes one run wholly, and what is left of it nobody reads", async () => {
    expect((await runPromise(log.read({ run: first, after: 0, limit: 9 }))).length).toBe(9)
    await runPromise(catalogue.remove(first))
    expect((await errorOf(log.read({ run: first, after: 0, limit: 9 })))._tag).toBe("RunUnknown")
    const left = await database.db.selectFrom("lightcone.log").select("run_key").distinct().execute()
    expect(left.length).toBe(1)
    expect((await runPromise(log.read({ run: second, after: 0, limit: 99 }))).length).toBe(oneOfEach.length)
  })
})
