/**
 * What the embedded store costs: appends of 100 rows through the gate against PGlite called in process, and the
 * time from nothing, and from an existing directory, to a first answer. Run: tsx bench/embedded.ts [seconds]
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { PGlite } from "@electric-sql/pglite"
import * as Effect from "effect/Effect"
import pg from "pg"
import * as EmbeddedStore from "../src/persistence/embedded/EmbeddedStore.ts"
import {
  defaultTemplateDirectory,
  restoreTemplate,
  templateFile,
} from "../src/persistence/embedded/Template.ts"
import { schemaHash, statements } from "../src/persistence/Migrator.ts"

const schema = { statements, hash: schemaHash }
const rounds = 5
const roundMs = (Number(process.argv[2] ?? 5) * 1_000) / rounds
const rowsPerAppend = 100
const table = "create table if not exists appended (a int, b int, c int, d bigint, e int)"
const append =
  "insert into appended select * from unnest($1::int[], $2::int[], $3::int[], $4::bigint[], $5::int[])"

const column = Array.from({ length: rowsPerAppend }, (_, row) => row)
const columns = [column, column, column, column, column]
const texts = columns.map((values) => `{${values.join(",")}}`)

const rate = async (once: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  let rows = 0
  for (; performance.now() - begun < roundMs; rows += rowsPerAppend) await once()
  return rows / ((performance.now() - begun) / 1_000)
}

const median = (values: Array<number>): number => values.sort((a, b) => a - b)[values.length >> 1]!

const withClient = async <A>(
  address: EmbeddedStore.Address,
  use: (client: pg.Client) => Promise<A>,
): Promise<A> => {
  const { password, ...rest } = address
  const client = new pg.Client(password === undefined ? rest : { ...rest, password })
  await client.connect()
  return use(client).finally(() => client.end())
}

const opened = <A>(directory: string, use: (store: EmbeddedStore.EmbeddedStore) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(EmbeddedStore.open({ directory, access: "write", schema }), (store) =>
        Effect.promise(() => use(store)),
      ),
    ),
  )

const readyMs = async (directory: string): Promise<number> => {
  const begun = performance.now()
  return opened(directory, (store) =>
    withClient(store.owner!, async (client) => {
      await client.query("select 1")
      return performance.now() - begun
    }),
  )
}

const appends = async (workspace: string): Promise<void> => {
  const direct = path.join(workspace, "direct")
  restoreTemplate(fs.readFileSync(templateFile(defaultTemplateDirectory(), schema)), direct)
  const database = await PGlite.create({ dataDir: direct })
  await database.exec(table)
  await opened(path.join(workspace, "gate"), (store) =>
    withClient(store.owner!, async (client) => {
      await client.query(table)
      const measured: Array<{ readonly gate: number; readonly direct: number }> = []
      for (let round = 0; round < rounds; round++) {
        const gate = await rate(() => client.query(append, texts))
        measured.push({ gate, direct: await rate(() => database.query(append, columns)) })
      }
      const ratio = median(measured.map(({ gate, direct }) => gate / direct))
      const of = (side: "gate" | "direct") => Math.round(median(measured.map((one) => one[side])))
      console.log(
        `append of ${rowsPerAppend} rows: gate ${of("gate")} rows/s, in process ${of("direct")} rows/s`,
      )
      console.log(`gate / in process: ${ratio.toFixed(2)}`)
    }),
  )
  await database.close()
}

const starts = async (workspace: string): Promise<void> => {
  const cold: Array<number> = []
  const reopened: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const directory = path.join(workspace, `start-${round}`)
    cold.push(await readyMs(directory))
    reopened.push(await readyMs(directory))
  }
  const inProcess: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const database = await PGlite.create({ dataDir: path.join(workspace, "start-0", "pgdata") })
    inProcess.push(performance.now() - begun)
    await database.close()
  }
  const [first, next, bare] = [median(cold), median(reopened), median(inProcess)]
  console.log(`ready from the template ${first.toFixed(0)} ms, reopened ${next.toFixed(0)} ms`)
  console.log(
    `PGlite alone reopened ${bare.toFixed(0)} ms; ratios ${(first / bare).toFixed(2)}, ${(next / bare).toFixed(2)}`,
  )
}

const workspace = fs.mkdtempSync(path.join(os.tmpdir(), "lightcone-bench-"))
try {
  await starts(workspace)
  await appends(workspace)
} finally {
  fs.rmSync(workspace, { recursive: true, force: true })
}
