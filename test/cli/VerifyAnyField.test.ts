import fc from "fast-check"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as FoundRow from "../../src/persistence/FoundRow.ts"
import type { Log } from "../../src/persistence/Tables.ts"
import { type CorruptibleRuns, corruptibleRuns, type Run, runs } from "../support/CorruptibleRuns.ts"
import { detectable } from "../support/Detectable.ts"

/** Rows as they stand in the store; what is spoiled here is one of their fields, as an UPDATE would. */
let corruptible: CorruptibleRuns
const rows = new Map<Run, ReadonlyArray<Log>>()
beforeAll(async () => {
  corruptible = await corruptibleRuns()
  for (const run of Object.keys(runs) as Array<Run>) {
    const read = await sql<Log>`
      select l.* from lightcone.log l join lightcone.run_heads using (run_key)
      where run_id = ${run} order by position`.execute(corruptible.database.db)
    rows.set(run, read.rows)
  }
})
afterAll(() => corruptible.close())

const columns = [
  "occurred_at",
  "sent_at",
  "arrived_at",
  "position",
  "machine",
  "version",
  "lamport",
  "queue_length",
  "sender",
  "send_version",
  "sender_lamport",
  "kind",
  "payload_version",
  "recipients",
  "payload",
] as const satisfies ReadonlyArray<keyof Log>

const delta = fc.constantFrom(
  -5_000_000,
  -40_000,
  -1_000,
  -7,
  -3,
  -2,
  -1,
  1,
  2,
  3,
  7,
  1_000,
  40_000,
  5_000_000,
)

type Json = null | number | string | boolean | Array<Json> | { [key: string]: Json }

/** Another value for one leaf of a JSON document, the leaf being picked by a number. */
const spoilLeaf = (value: Json, pick: number, by: number): Json => {
  if (typeof value === "number") return value + by
  if (typeof value === "boolean") return !value
  if (value === null) return by
  if (typeof value === "string") {
    const time = /^(.*\.)(\d{6})Z$/.exec(value)
    if (time !== null)
      return `${time[1]}${String((Number(time[2]) + Math.abs(by)) % 1_000_000).padStart(6, "0")}Z`
    const words = [
      "overdue",
      "store-outage",
      "finished",
      "interrupted",
      "store-lost",
      "drop-newest",
      "drop-oldest",
      "backpressure",
      "real",
      "virtual",
    ]
    const others = words.filter((word) => word !== value)
    return others[pick % others.length]!
  }
  const keys = Object.keys(value)
  if (keys.length === 0) return { label: "x" }
  const key = keys[pick % keys.length]!
  const inside = spoilLeaf((value as Record<string, Json>)[key]!, Math.floor(pick / keys.length), by)
  return Array.isArray(value)
    ? value.map((one, i) => (String(i) === key ? inside : one))
    : { ...value, [key]: inside }
}

const spoil = (row: Log, column: (typeof columns)[number], pick: number, by: number): Log => {
  const value = row[column]
  if (column === "payload")
    return { ...row, payload: value === null ? { label: "x" } : spoilLeaf(value as Json, pick, by) }
  if (column === "recipients") {
    const lists = [null, "1", "2", "3", "4", "1,3", "2,4", "1,2,3", "9", "x", ""].filter(
      (list) => list !== value,
    )
    return { ...row, recipients: lists[pick % lists.length]! }
  }
  if (column === "kind") return { ...row, kind: 1 + ((row.kind - 1 + 1 + (pick % 11)) % 12) }
  const nullable = [
    "sent_at",
    "arrived_at",
    "lamport",
    "queue_length",
    "sender",
    "send_version",
    "sender_lamport",
  ]
  if (value === null) return { ...row, [column]: Math.abs(by) }
  return nullable.includes(column) && pick % 9 === 0
    ? { ...row, [column]: null }
    : { ...row, [column]: (value as number) + by }
}

const verdictOn = (all: ReadonlyArray<Log>): Verification.Verdict => {
  const sorted = [...all].sort(
    (a, b) => a.position - b.position || a.machine - b.machine || a.version - b.version,
  )
  const verification = Verification.make({ head: all.length })
  for (const row of sorted) verification.step(FoundRow.read(row))
  return verification.finish()
}

describe("any one field of any event, whatever it is changed to", () => {
  it("shows, with the event named, unless nothing else in the record could tell", () => {
    const unseen = new Map<string, number>()
    let seen = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(runs) as Array<Run>)),
        fc.nat(),
        fc.constantFrom(...columns),
        fc.nat(1_000_000),
        delta,
        (run, index, column, pick, by) => {
          const all = rows.get(run)!
          const row = all[index % all.length]!
          const spoiled = spoil(row, column, pick, by)
          const taken = all.some(
            (one) => one !== row && one.machine === spoiled.machine && one.version === spoiled.version,
          )
          // A primary key that is taken is refused by the store.
          fc.pre(!taken && JSON.stringify(spoiled) !== JSON.stringify(row))
          const log = all.map(FoundRow.read) as ReadonlyArray<Logged>
          const verdict = verdictOn(all.map((one) => (one === row ? spoiled : one)))
          const what = `${run} ${row.machine}/${row.version} kind ${row.kind}: ${column} from ${JSON.stringify(row[column])} to ${JSON.stringify(spoiled[column])}`
          const failures = verdict.checks.flatMap((check) => check.failures)
          if (failures.length === 0) {
            const reason = detectable(log, row, spoiled, column)
            expect(reason, `${what} went unseen, though it shows`).not.toBeUndefined()
            unseen.set(reason!, (unseen.get(reason!) ?? 0) + 1)
            return
          }
          seen++
          const names = [`${row.machine}/${row.version}`, `${spoiled.machine}/${spoiled.version}`]
          const named = failures.findIndex(({ events }) => names.some((name) => events.includes(name)))
          expect(named, `${what} is not named first: ${JSON.stringify(failures.slice(0, 3))}`).toBe(0)
        },
      ),
      { numRuns: Number(process.env.LIGHTCONE_TEST_FIELDS ?? 400) },
    )
    expect(seen).toBeGreaterThan(200)
    if (process.env.LIGHTCONE_TEST_FIELDS !== undefined) console.log(seen, unseen)
  })
})
