/** `sql`: one SELECT, as a table, JSON or CSV; without a query, what there is to ask. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import { isoMicroseconds } from "../persistence/ColumnTypes.ts"
import * as QueryRows from "../persistence/inquiry/QueryRows.ts"
import * as ReadOnlyQuery from "../persistence/ReadOnlyQuery.ts"
import { harmless, line, out } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Projections from "./Projections.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"
import { parseDuration } from "./Units.ts"

const catalogueQuery = `
  select table_name, string_agg(column_name, ', ' order by ordinal_position) as columns
  from information_schema.columns
  where table_schema = 'lightcone' and (table_name in ('runs', 'events', 'clock_drift', 'clock_comparison', 'clock_stamps')
    or table_name in (select projection from lightcone.projections where current))
  group by table_name order by table_name`

const examples = `
Examples:
  lightcone sql "select machine, max(lamport) as clock from events group by machine order by machine"
  lightcone sql "select recipient, avg(received_at - arrived_at) as wait from messages group by 1 order by 1"
  lightcone sql "select machine, version, jump from clock_history order by jump desc limit 5"
  lightcone sql "select at, queue_length from queue_lengths where machine = 1 order by at" --csv
  lightcone sql "select clock, mean_bytes, false_order from clock_comparison order by mean_bytes" (filled by clocks)

And whether one event happened before another: happened_before(run_id, machine, version, machine, version).`

const cell = (text: string | null, typeOid: number): string =>
  text === null
    ? ""
    : harmless(typeOid === QueryRows.timestamptz ? isoMicroseconds(text) : text).replace(/[\n\t]/g, " ")

const csvCell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

type Pages = ReturnType<typeof ReadOnlyQuery.pages>

const printJson = (pages: Pages) =>
  Effect.gen(function* () {
    let count = 0
    yield* Stream.runForEach(pages, (page) => {
      const objects = page.rows.map(
        (row) => `${count++ === 0 ? "[\n" : ",\n"}${JSON.stringify(QueryRows.toObject(page, row))}`,
      )
      return out(objects.join(""))
    })
    yield* line(count === 0 ? "[]" : "\n]")
  })

const printCsv = (pages: Pages) =>
  Stream.runForEach(Stream.zipWithIndex(pages), ([page, index]) => {
    const head = index === 0 ? [page.columns.map(({ name }) => csvCell(name))] : []
    const rows = page.rows.map((row) =>
      row.map((text, i) =>
        csvCell(
          text === null
            ? ""
            : page.columns[i]!.typeOid === QueryRows.timestamptz
              ? isoMicroseconds(text)
              : text,
        ),
      ),
    )
    return out([...head, ...rows].map((cells) => `${cells.join(",")}\n`).join(""))
  })

/** Columns are as wide as the first page needs; later pages keep their own. */
const printTable = (pages: Pages) =>
  Stream.runForEach(pages, (page) => {
    const rows = page.rows.map((row) =>
      row.map((text, i) => {
        const { typeOid } = page.columns[i]!
        return text !== null && QueryRows.numeric.has(typeOid) ? Number(text) : cell(text, typeOid)
      }),
    )
    return out(
      `${table(
        page.columns.map(({ name }) => harmless(name)),
        rows,
      ).join("\n")}\n`,
    )
  })

const standardInput = Effect.promise(async () => {
  const chunks: Array<Buffer> = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
})

const timeLimit = (given: unknown): Effect.Effect<number, UsageError> => {
  if (given === undefined) return Effect.succeed(Limits.queryTimeLimitMs)
  const us = parseDuration(String(given))
  return us !== undefined && us > 0
    ? Effect.succeed(us / 1_000)
    : Effect.fail(
        new UsageError({
          message: `Cannot run the query: --time-limit must be a time with a unit, such as 30s, found ${JSON.stringify(given)}`,
        }),
      )
}

export const command = (
  given: string | undefined,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const limitMs = yield* timeLimit(options.timeLimit)
    if (options.json === true && options.csv === true)
      return yield* new UsageError({ message: "Cannot run the query: --json and --csv exclude each other" })
    const text = given === "-" ? yield* standardInput : given
    const store = yield* Store.open("read", invocation, limitMs)
    yield* Projections.upToDate(store.projections, invocation)
    const pages = ReadOnlyQuery.pages(store.database.stranger, text ?? catalogueQuery, limitMs)
    const print = options.json === true ? printJson : options.csv === true ? printCsv : printTable
    yield* print(pages)
    if (text === undefined && print === printTable) yield* line(examples)
    return 0
  }).pipe(Effect.scoped)
