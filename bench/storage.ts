/**
 * What an event takes on disk, indexes included: honest runs stored by the appends of a real run. The reference is the
 * same rows as a COPY in binary makes them, without any table around them.
 * Run: tsx bench/storage.ts [--quick]
 */
import * as Effect from "effect/Effect"
import * as BigRun from "./BigRun.ts"
import { copy } from "./CopyQuery.ts"
import { alone, type Figure, note, type Row, row } from "./Figure.ts"
import { countOf, empty, withNative } from "./Native.ts"
import { named } from "./VirtualSizes.ts"

const name = "storage"

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withNative(async ({ server, client }) => {
      const rows: Array<Row> = []
      for (const machines of [3, 1_000]) {
        const events = quick ? 20_000 : 1_000_000
        note(`${events} events of ${named(machines)}`)
        await Effect.runPromise(BigRun.fill(server.url, { events, machines }))
        const stored = await countOf(client, "log")
        const found = await client.query(
          "select pg_total_relation_size('lightcone.log')::float8 as whole, pg_relation_size('lightcone.log')::float8 as heap",
        )
        const bare = await copy(client, "copy lightcone.log to stdout with (format binary)")
        const { whole, heap } = found.rows[0]
        rows.push(
          row(name, {
            what: `storage, indexes included, ${named(machines)}`,
            unit: "bytes/event",
            measured: whole / stored,
            reference: { what: "binary COPY", value: bare.length / stored },
            target: { value: 130, of: "measured", bound: "at most" },
            beside: { "heap, bytes/event": heap / stored, "indexes, bytes/event": (whole - heap) / stored },
          }),
        )
        await empty(client)
      }
      return rows
    }),
}

await alone(import.meta.url, figure)
