import { expect, it } from "vitest"
import { manyProcessesMs, scratchDatabase } from "../support/Cli.ts"
import { inThisProcess, token } from "./Hosts.ts"
import { complaint, fuzz } from "./RequestFuzz.ts"

it(
  "whatever is asked, nothing fails inside, nothing is written, and what is wrong is named",
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000_000)
    console.log(`fuzzed requests: seed ${seed}; again with: npx tsx scripts/fuzz-requests.ts 3000 ${seed}`)
    const scratch = await scratchDatabase()
    await scratch.run(["run", "--virtual", "--seed", "3", "--duration", "10s", "-q", "--json"])
    const held = () =>
      scratch.sql(
        "select (select count(*) from lightcone.log) as events, (select json_agg(h order by run_key)::text from lightcone.run_heads h) as heads",
      )
    const before = await held()
    const host = inThisProcess(scratch.url)
    const next = fuzz(seed)
    const complaints: Array<string> = []
    for (let i = 0; i < 3_000; i++) {
      const fuzzed = next(token)
      const found = await complaint(fuzzed, await host.fetch(fuzzed.path, fuzzed.init))
      if (found !== undefined) complaints.push(found)
    }
    await host.close()
    expect(complaints.slice(0, 10)).toEqual([])
    expect(await held()).toEqual(before)
    await scratch.drop()
  },
  manyProcessesMs,
)
