import { afterAll, beforeAll, expect, it } from "vitest"
import { start } from "../support/Cli.ts"
import { type PgBouncer, startPgBouncer } from "../support/PgBouncer.ts"
import { createDatabase } from "../support/SharedPostgres.ts"
import { eventLogContract } from "./EventLog.contract.ts"
import { type OpenStore, openNative } from "./Stores.ts"

let bouncer: PgBouncer
let store: OpenStore
beforeAll(async () => {
  bouncer = await startPgBouncer(await createDatabase())
  store = await openNative(bouncer.url)
})
afterAll(async () => {
  await store.close()
  await bouncer.stop()
})

eventLogContract("through a transaction-mode pooler", () => store)

it("four first starts at once through the pooler make one schema and four verified runs", async () => {
  const empty = await startPgBouncer(await createDatabase())
  const env = { LIGHTCONE_DATABASE_URL: empty.url }
  try {
    const command = ["run", "--duration", "1s", "--rates", "6,6,6", "--json"]
    const runs = await Promise.all([1, 2, 3, 4].map(() => start(command, { env }).finished))
    for (const { code, stdout, stderr } of runs) {
      expect(code, stderr).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ verified: true })
    }
    const verify = await start(["verify", "latest"], { env }).finished
    expect(verify.code, verify.stderr).toBe(0)
    const sql = await start(["sql", "select count(*) as runs from runs", "--json"], { env }).finished
    expect(JSON.parse(sql.stdout)).toEqual([{ runs: 4 }])
  } finally {
    await empty.stop()
  }
})
