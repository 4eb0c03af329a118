/** Pages of a projection of any key: each cursor that is given is taken, and no other is passed on to the store. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ColumnType } from "../../src/domain/projections/Projection.ts"
import * as Projection from "../../src/domain/projections/Projection.ts"
import * as ProjectionCursor from "../../src/http/ProjectionCursor.ts"
import { type Scratch, scratchDatabase } from "../support/Cli.ts"
import * as Hosts from "./Hosts.ts"

const keyedBy = (type: ColumnType) => ({
  name: "keyed",
  version: 1,
  table: { columns: { k: type }, key: ["k"] },
  initial: () => null,
  apply: Projection.unchanged,
})

const keyless = { ...keyedBy("integer"), table: { columns: { k: "integer" } } } as const

const read = (value: unknown, projection: Parameters<typeof ProjectionCursor.read>[1]) =>
  ProjectionCursor.read(Buffer.from(JSON.stringify(value)).toString("base64url"), projection)

describe("a cursor", () => {
  const taken: ReadonlyArray<readonly [type: ColumnType, value: unknown]> = [
    ["integer", 2_147_483_647],
    ["integer", -2_147_483_648],
    ["bigint", Number.MAX_SAFE_INTEGER],
    ["bigint", "9223372036854775807"],
    ["bigint", "-9223372036854775808"],
    ["double precision", 0.1],
    ["double precision", 1e300],
    ["boolean", false],
    ["text", ""],
    ["text", "é\n"],
    ["timestamptz", "2026-02-28T23:59:59.999999Z"],
    ["double precision", "NaN"],
    ["double precision", "-Infinity"],
    ["jsonb", "x"],
    ["jsonb", { a: [1, null, "b"], "": 1e300 }],
  ]
  for (const [type, value] of taken)
    it(`of ${type} is taken as it was given: ${JSON.stringify(value)}`, () =>
      expect(ProjectionCursor.read(ProjectionCursor.write([value])!, keyedBy(type))).toEqual([value]))

  const refused: ReadonlyArray<readonly [type: ColumnType, value: unknown]> = [
    ["integer", 2_147_483_648],
    ["integer", 1.5],
    ["integer", "1"],
    ["bigint", "9223372036854775808"],
    ["bigint", "-9223372036854775809"],
    ["bigint", "1e3"],
    ["bigint", "9".repeat(10_000)],
    ["double precision", "nan"],
    ["boolean", "true"],
    ["boolean", 1],
    ["text", "a\0b"],
    ["text", null],
    ["text", "a\ud800"],
    ["jsonb", null],
    ["jsonb", ["a\0b"]],
    ["jsonb", { "\ud800": 1 }],
    ["jsonb", JSON.parse(`${"[".repeat(3_000)}${"]".repeat(3_000)}`)],
    ["timestamptz", "yesterday"],
    ["timestamptz", "2026-02-30T00:00:00.000000Z"],
    ["timestamptz", "2026-02-28T25:00:00.000000Z"],
  ]
  for (const [type, value] of refused)
    it(`of ${type} is refused: ${JSON.stringify(value)?.slice(0, 40)}`, () =>
      expect(read([value], keyedBy(type))).toBeUndefined())

  it("of a table without a key has a row's values, of which some may be null, and how many had them", () => {
    for (const value of [
      [7, 1],
      [null, 3],
    ])
      expect(read(value, keyless)).toEqual(value)
    for (const value of [[7], [7, 0], [7, -1], [7, 1.5], ["7", 1], [7, null], [1, 7, 1]])
      expect(read(value, keyless)).toBeUndefined()
  })

  it("has as many values as the key, and is base64url of JSON", () => {
    for (const value of [[], [1, 2], {}, 1, null]) expect(read(value, keyedBy("integer"))).toBeUndefined()
    for (const text of ["", "?", "WzE", "bm9uZQ"])
      expect(ProjectionCursor.read(text, keyless)).toBeUndefined()
  })
})

describe("on a store", () => {
  let scratch: Scratch
  let host: Hosts.Host
  beforeAll(async () => {
    scratch = await scratchDatabase()
    await scratch.run(["run", "--virtual", "--seed", "3", "--duration", "5s", "-q", "--json"])
    host = Hosts.inThisProcess(scratch.url)
  })
  afterAll(async () => {
    await host.close()
    await scratch.drop()
  })

  it("one that no page gave is the request's fault, never the store's", async () => {
    const listed = await host.fetch("/runs/latest/projections")
    const { projections } = JSON.parse(await listed.text())
    const values = [-1, 2 ** 31, 1e300, 1.5, "x", "\0", null, true, {}, "2026-02-30T00:00:00.000000Z"]
    for (const { projection } of projections)
      for (const value of values)
        for (const length of [1, 2, 3]) {
          const after = Buffer.from(JSON.stringify(Array(length).fill(value))).toString("base64url")
          const response = await host.fetch(`/runs/latest/projections/${projection}?after=${after}`)
          const { field } = JSON.parse(await response.text())
          const answered = response.status === 200 ? "a page" : `${response.status}, ${field}`
          expect(["a page", "400, after"], `${projection} after ${length} of ${value}`).toContain(answered)
        }
  })
})
