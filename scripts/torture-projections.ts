/**
 * Two hundred cases of test/persistence/projection, on a native Postgres and on the embedded store: logs of a
 * thousand events and more with drops, a crash and a resume, written and projected by processes that are killed -9
 * at random points, must leave the rows that a rebuild makes from the log alone.
 * Run: tsx scripts/torture-projections.ts [cases] [first seed] [native | embedded]
 */
import { isDeepStrictEqual } from "node:util"
import { type Campaign, embedded, nativeOn } from "../test/persistence/projection/Campaign.ts"
import { startPostgres } from "../test/support/Postgres.ts"

const cases = Number(process.argv[2] ?? 200)
const first = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000))
const only = process.argv[4]

const campaign = async (name: string, open: () => Promise<Campaign>): Promise<void> => {
  const { tryOne, close } = await open()
  let [killed, rows] = [0, 0]
  try {
    for (let seed = first; seed < first + cases; seed++) {
      const found = await tryOne(seed)
      killed += found.killed
      rows += Object.values(found.rebuilt).reduce((sum, table) => sum + table.length, 0)
      if (Object.values(found.rebuilt).some((table) => table.length === 0))
        throw new Error(`${name}, seed ${seed}: a table has no rows`)
      if (!isDeepStrictEqual(found.live, found.rebuilt))
        throw new Error(`${name}, seed ${seed}: the rows differ from those of a rebuild`)
      const done = seed - first + 1
      if (done % 10 === 0) console.log(`${name}: ${done} of ${cases} cases hold, ${killed} processes killed`)
    }
  } finally {
    await close()
  }
  console.log(
    `${name}: all ${cases} cases from seed ${first} hold: ${killed} processes killed, ${rows} rows compared`,
  )
}

if (only !== "embedded") {
  const server = await startPostgres()
  await campaign("native Postgres", () => nativeOn(() => server.createDatabase())).finally(server.stop)
}
if (only !== "native") await campaign("embedded store", embedded)
