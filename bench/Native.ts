/** A native Postgres for measurements: what it promises it keeps on disk, and it has the memory of a small server. */
import pg from "pg"
import { type Postgres, runStatement, startPostgres } from "../test/support/Postgres.ts"
import { copy } from "./CopyQuery.ts"
import { secondsOf } from "./Rounds.ts"

export interface Native {
  readonly server: Postgres
  /** Of the same role as the program's own connections. */
  readonly client: pg.Client
}

const settings = {
  fsync: "on",
  full_page_writes: "on",
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  max_connections: "20",
}

export const withNative = async <A>(use: (native: Native) => Promise<A>): Promise<A> => {
  const server = await startPostgres({ settings })
  const client = new pg.Client({ connectionString: server.url })
  try {
    await runStatement(server.superuserUrl, `grant pg_checkpoint to ${new URL(server.url).username}`)
    await client.connect()
    return await use({ server, client })
  } finally {
    await client.end()
    await server.stop()
  }
}

const binary = "with (format binary)"

/** Seconds that a bare COPY of all rows of a table takes into another of the same columns and indexes. */
export const bareCopySeconds = async (client: pg.Client, table: string): Promise<number> => {
  const rows = await copy(client, `copy lightcone.${table} to stdout ${binary}`)
  await client.query(`create table lightcone.bare (like lightcone.${table} including all)`)
  await client.query("checkpoint")
  try {
    return await secondsOf(() => copy(client, `copy lightcone.bare from stdin ${binary}`, rows))
  } finally {
    await client.query("drop table lightcone.bare")
  }
}

export const countOf = async (client: pg.Client, table: string): Promise<number> =>
  (await client.query(`select count(*)::int as rows from lightcone.${table}`)).rows[0].rows

/** The log of a store that is to be written anew. */
export const empty = (client: pg.Client): Promise<unknown> =>
  client.query("truncate lightcone.log, lightcone.run_heads cascade")
