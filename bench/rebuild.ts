/**
 * `project --rebuild` of all projections over an honest run, as its own command. The reference is a bare COPY of the rows
 * that it writes, each table's into a table with the same keys and indexes, one after the other.
 * Run: tsx bench/rebuild.ts [--quick]
 */
import * as Effect from "effect/Effect"
import type pg from "pg"
import * as BigRun from "./BigRun.ts"
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, row } from "./Figure.ts"
import { bareCopySeconds, countOf, withNative } from "./Native.ts"
import { taken } from "./Rounds.ts"

const name = "rebuild"

const tablesOf = async (client: pg.Client): Promise<ReadonlyArray<string>> => {
  const { rows } = await client.query(
    "select projection || '_g' || generation as name from lightcone.projections where current order by 1",
  )
  return rows.map((row) => row.name)
}

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withProgram((command) =>
      withNative(async ({ server, client }) => {
        const [events, rounds] = quick ? [50_000, 1] : [1_000_000, 3]
        await Effect.runPromise(BigRun.fill(server.url, { events, machines: 3 }))
        const on = ["--database", server.url, "-q"]
        await command(["project", "--once", ...on])
        let [written, memoryMb] = [0, 0]
        const { ours, reference, ratio } = await taken(rounds, async () => {
          note(`rebuilding all projections of ${events} events`)
          const rebuilt = await command(["project", "--rebuild", ...on])
          let bare = 0
          written = 0
          for (const table of await tablesOf(client)) {
            written += await countOf(client, table)
            bare += await bareCopySeconds(client, table)
          }
          memoryMb = Math.max(memoryMb, rebuilt.memoryMb)
          return { ours: written / rebuilt.seconds, reference: written / bare }
        })
        return [
          row(name, {
            what: "rebuild of all projections",
            unit: "rows/s",
            measured: ours,
            reference: { what: "bare COPY into the same tables", value: reference, ratio },
            target: { value: 0.5, of: "ratio", bound: "at least" },
            beside: { events, rows: written, "memory, MB": memoryMb },
          }),
        ]
      }),
    ),
}

await alone(import.meta.url, figure)
