/** Whatever the size of a batch and the way of writing, changes count in the order of their events. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { LabEvent } from "../../../src/domain/ClockEvent.ts"
import type { ProjectionOnlooker } from "../../../src/domain/Onlooker.ts"
import * as Projection from "../../../src/domain/projections/Projection.ts"
import type { Writer } from "../../../src/persistence/projection/Advance.ts"
import type { NewRows } from "../../../src/persistence/projection/Batch.ts"
import * as CopyWriter from "../../../src/persistence/projection/CopyWriter.ts"
import { Failures } from "../../../src/persistence/projection/Failures.ts"
import * as Generations from "../../../src/persistence/projection/Generations.ts"
import * as Projector from "../../../src/persistence/projection/Projector.ts"
import * as StatementWriter from "../../../src/persistence/projection/StatementWriter.ts"
import { type OpenStore, openNative } from "../../contract/Stores.ts"
import { internals } from "../../support/Events.ts"
import { createDatabase } from "../../support/SharedPostgres.ts"

const events: ReadonlyArray<LabEvent> = internals(1, 1, 400)
const run = "changesorder"

/** The model: a map to which the changes are made one by one. */
type Model = Map<number, { readonly a: number; readonly b: number }>

interface Change {
  readonly change: "insert" | "upsert" | "update"
  readonly row: { readonly id: number; readonly a?: number; readonly b?: number }
}

/** Inserts alone for a while, then every mixture of changes to rows young and old. */
const changesOf = (position: number): ReadonlyArray<Change> => {
  const insert = { change: "insert", row: { id: position, a: position, b: 0 } } as const
  if (position <= 100) return [insert]
  const young = { change: "update", row: { id: position, b: 1 } } as const
  const old = { change: "update", row: { id: position - 7, a: -position } } as const
  const missing = { change: "update", row: { id: position + 1, a: 5 } } as const
  const over = { change: "upsert", row: { id: position - 3, a: 1, b: position } } as const
  return [insert, young, old, missing, ...(position % 3 === 0 ? [over] : [])]
}

const expected = (): ReadonlyArray<unknown> => {
  const model: Model = new Map()
  for (let position = 1; position <= events.length; position++)
    for (const { change, row } of changesOf(position)) {
      const before = model.get(row.id)
      if (change !== "update" || before !== undefined)
        model.set(row.id, { ...(before ?? { a: 0, b: 0 }), ...row } as { a: number; b: number })
    }
  return [...model].map(([id, { a, b }]) => ({ id, a, b }))
}

const projection = Projection.define({
  name: "mixed",
  version: 1,
  table: { columns: { id: "integer", a: "integer", b: "integer" }, key: ["id"] },
  initial: () => null,
  apply: (state, { position }) => ({ state, changes: changesOf(position) as never }),
})

let store: OpenStore
beforeAll(async () => {
  store = await openNative(await createDatabase())
  const ownership = await Effect.runPromise(store.log.create(run, "writer"))
  await Effect.runPromise(store.log.append(ownership, 0, "all", events))
})
afterAll(() => store.close())

const projected = async <R extends NewRows>(writer: Writer<R>, batchEvents: number) => {
  const { db } = store.database
  const built = await Generations.begin(db, projection)
  const failures: Array<unknown> = []
  const projector = Projector.make({
    db,
    log: store.log,
    writer,
    failures: new Failures(),
    batchEvents,
    onFailure: (failure) => failures.push(failure.reason),
  })
  await Effect.runPromise(projector.catchUp(run, [built]))
  expect(failures).toEqual([])
  await Effect.runPromise(store.log.release({ run, owner: "writer", epoch: 1 }))
  expect(await Generations.take(db, built)).toBe(true)
  const { rows } = await sql`select id, a, b from lightcone.mixed where run_id = ${run} order by id`.execute(
    db,
  )
  return rows
}

it.each([1, 2, 7, 40, 1_000])("in batches of %i events", async (batchEvents) => {
  expect(await projected(StatementWriter.make(store.database.db), batchEvents)).toEqual(expected())
  const copied = Effect.gen(function* () {
    const client = yield* store.database.bulk!
    return yield* Effect.promise(() => projected(CopyWriter.make(client), batchEvents))
  })
  expect(await Effect.runPromise(Effect.scoped(copied))).toEqual(expected())
})

it("whoever looks on hears of all that was written, whichever of several projectors was ahead with it", async () => {
  const { db } = store.database
  const names = ["mixed_a", "mixed_b", "mixed_c"]
  const built = await Promise.all(names.map((name) => Generations.begin(db, { ...projection, name })))
  const told = new Map(names.map((name) => [name, new Set<number>()]))
  const onlooker: ProjectionOnlooker = {
    mustMeet: () => false,
    meet: () => {},
    batch: () => ({
      read: () => {},
      written: (steps) => {
        for (const { projection, from, to } of steps)
          for (let position = from + 1; position <= to; position++) told.get(projection)!.add(position)
      },
    }),
  }
  // Each takes the projections in an order of its own, so that one is ahead here and another there.
  const projectors = [built, built.toReversed(), [built[1]!, built[2]!, built[0]!]].map((generations) =>
    Projector.make({
      db,
      log: store.log,
      writer: StatementWriter.make(db),
      failures: new Failures(),
      batchEvents: 2,
      onFailure: () => {},
      onlooker,
    }).catchUp(run, generations),
  )
  await Effect.runPromise(Effect.all(projectors, { concurrency: "unbounded" }))
  const all = events.map((_, i) => i + 1)
  for (const positions of told.values()) expect([...positions].sort((a, b) => a - b)).toEqual(all)
})
