/**
 * Writes advances of many rows: checkpoints by compare-and-set, then the rows by binary COPY, on a connection of
 * its own. Rows that are there already are updated by statement.
 */
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type pg from "pg"
import { from as copyFrom } from "pg-copy-streams"
import * as Quoting from "../Quoting.ts"
import { type Advance, moving, refuse, statement, type Writer } from "./Advance.ts"
import * as BinaryCopy from "./BinaryCopy.ts"
import { columnsOf, tableOf } from "./ProjectedTable.ts"
import { updating, upserting } from "./StatementWriter.ts"

type Encoded = Advance<BinaryCopy.EncodedRows>

const copy = async (client: pg.Client, { projection, generation, changes }: Encoded): Promise<void> => {
  if (changes.inserts.count === 0) return
  const names = ["run_key", ...columnsOf(projection).map(Quoting.identifier)].join(", ")
  const text = `copy ${tableOf(projection.name, generation)} (${names}) from stdin with (format binary)`
  await pipeline(Readable.from(changes.inserts.pieces(), { objectMode: false }), client.query(copyFrom(text)))
}

const writeOne = async (client: pg.Client, advance: Encoded): Promise<boolean> => {
  const made = statement()
  const { rows } = await client.query(moving(advance, made), [...made.parameters])
  if (rows.length === 0) return false
  await copy(client, advance)
  const { upserts, updates } = advance.changes
  if (upserts.length > 0) await run(client, advance, (into) => upserting(advance, upserts, into))
  for (const group of updates) await run(client, advance, (into) => updating(advance, group, into))
  return true
}

/**
 * All in one transaction, so that a batch costs one commit however many projections there are. It is not waited
 * for: rows and checkpoint are there after a crash, or neither is, and then they are made again from the log.
 */
const write = async (
  client: pg.Client,
  advances: ReadonlyArray<Encoded>,
): Promise<ReadonlyArray<Encoded>> => {
  await client.query("begin; set local synchronous_commit = off")
  try {
    const written: Array<Encoded> = []
    for (const advance of advances)
      if (await writeOne(client, advance).catch((cause) => refuse(advance, cause))) written.push(advance)
    await client.query("commit")
    return written
  } catch (cause) {
    // The connection may be what failed: then there is nothing to roll back.
    await client.query("rollback").catch(() => {})
    throw cause
  }
}

export const make = (client: pg.Client): Writer<BinaryCopy.EncodedRows> => ({
  newRows: (projection, runKey) => new BinaryCopy.EncodedRows(projection, runKey),
  inOrder: true,
  write: (advances) => write(client, advances),
})

const run = async (
  client: pg.Client,
  { runKey }: Advance,
  text: (made: ReturnType<typeof statement>) => string,
): Promise<void> => {
  const made = statement()
  const advanced = `with advanced as (select ${made.value(runKey, "integer")} as run_key)`
  await client.query(`${advanced} ${text(made)}`, [...made.parameters])
}
