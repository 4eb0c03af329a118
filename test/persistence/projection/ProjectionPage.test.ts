/** Pages of projections of any shape: each row once, in an order that stays while rows are written among them. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Columns, Projection, Table } from "../../../src/domain/projections/Projection.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as ProjectionCursor from "../../../src/http/ProjectionCursor.ts"
import { creation, indexing, tableOf } from "../../../src/persistence/projection/ProjectedTable.ts"
import * as ProjectionPage from "../../../src/persistence/projection/ProjectionPage.ts"
import { type OpenStore, openNative } from "../../contract/Stores.ts"
import { createDatabase } from "../../support/SharedPostgres.ts"

const runKey = 7
const progress = { runKey, generation: 1, position: 1, head: 1, leased: true }

const shapes: Readonly<Record<string, Table<Columns>>> = {
  paged_indexed: {
    columns: { value: "integer", machine: "integer", at: "timestamptz" },
    indexes: [["machine", "at"], ["at"]],
  },
  paged_bare: { columns: { weight: "double precision", what: "jsonb", word: "text", is: "boolean" } },
  paged_by_json: { columns: { what: "jsonb", machine: "integer" }, key: ["what", "machine"] },
  paged_by_double: {
    columns: { weight: "double precision", machine: "integer" },
    key: ["weight", "machine"],
  },
}

const values: Readonly<Record<string, ReadonlyArray<string>>> = {
  integer: ["null", "1", "2", "-3"],
  timestamptz: ["null", "'2026-02-28T23:59:59.999999Z'", "'1970-01-01T00:00:00Z'"],
  "double precision": ["null", "'NaN'", "'Infinity'", "'-Infinity'", "0.1", "'-0'"],
  jsonb: ["null", `'"a"'`, "'1'", `'{"b": 1, "a": [null, "é\\n"]}'`, "'[1, 2]'", "'true'"],
  text: ["null", "''", "'a'", "'é'"],
  boolean: ["null", "true", "false"],
}

let store: OpenStore
beforeAll(async () => {
  store = await openNative(await createDatabase())
})
afterAll(() => store.close())

describe.each(Object.entries(shapes))("a projection as %s", (name, table) => {
  const projection: Projection = {
    name,
    version: 1,
    table,
    initial: () => null,
    apply: (state) => ({ state, changes: [] }),
  }
  const draw = Random.draws(5, Random.Purpose.configuration, 1)
  const key = table.key ?? []
  const row = (): string =>
    `(${runKey}, ${Object.entries(table.columns)
      .map(([column, type]) => {
        const choices = key.includes(column) ? values[type]!.slice(1) : values[type]!
        return `${choices[Random.below(draw(), choices.length)]}::${type}`
      })
      .join(", ")})`
  const insert = (rows: number) =>
    sql
      .raw(
        `insert into ${tableOf(name, 1)} values ${Array.from({ length: rows }, row).join(", ")} on conflict do nothing`,
      )
      .execute(store.database.db)
  const all = async (): Promise<ReadonlyArray<string>> => {
    const { rows } = await sql`select * from ${sql.raw(tableOf(name, 1))} where run_key = ${runKey}`.execute(
      store.database.db,
    )
    return rows.map((one) => told(one as Row)).sort()
  }
  type Row = Readonly<Record<string, unknown>>
  const told = (one: Row): string =>
    JSON.stringify(
      Object.keys(table.columns).map((c) => (typeof one[c] === "number" ? String(one[c]) : one[c])),
    )
  /** Every cursor goes the way that it takes through a client. */
  const paged = async (limit: number, between: () => Promise<unknown> = async () => {}) => {
    const found: Array<string> = []
    for (let after: ProjectionPage.Cursor | undefined; ; ) {
      const page = await Effect.runPromise(
        ProjectionPage.read(store.database.db, "a run", projection, progress, { after, limit }),
      )
      found.push(...page.rows.map(told))
      expect(page.rows.length).toBeLessThanOrEqual(limit)
      const text = ProjectionCursor.write(page.next)
      if (text === null) return found
      after = ProjectionCursor.read(text, projection)
      expect(after, `cursor ${JSON.stringify(page.next)}`).toBeDefined()
      await between()
    }
  }

  beforeAll(async () => {
    for (const text of [creation(projection, 1), ...indexing(projection, 1)])
      await sql.raw(text).execute(store.database.db)
    await insert(300)
  })

  it("gives each row once, however large the pages", async () => {
    const rows = await all()
    for (const limit of [1, 7, 50, 10_000]) expect((await paged(limit)).sort()).toEqual(rows)
  })

  it("gives each row that was there once, while others are written, and none of those twice", async () => {
    const before = await all()
    let rounds = 0
    const found = (await paged(11, () => (rounds++ < 25 ? insert(3) : Promise.resolve()))).sort()
    const counted = (rows: ReadonlyArray<string>) => {
      const counts = new Map<string, number>()
      for (const one of rows) counts.set(one, (counts.get(one) ?? 0) + 1)
      return counts
    }
    const [there, given, after] = [counted(before), counted(found), counted(await all())]
    for (const [one, count] of there) expect(given.get(one) ?? 0, one).toBeGreaterThanOrEqual(count)
    for (const [one, count] of given) expect(count, one).toBeLessThanOrEqual(after.get(one) ?? 0)
  })
})
