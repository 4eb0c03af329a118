import { expect, it } from "vitest"
import { manyProcessesMs, scratchDatabase } from "../support/Cli.ts"
import { inThisProcess, token } from "./Hosts.ts"
import { answered, fuzz, holdings } from "./RequestFuzz.ts"

it(
  "whatever is asked, nothing fails inside, nothing is written, and what is wrong is named",
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000_000)
    console.log(`fuzzed requests: seed ${seed}; again with: npx tsx scripts/fuzz-requests.ts 3000 ${seed}`)
    const scratch = await scratchDatabase()
    await scratch.run(["run", "--virtual", "--seed", "3", "--duration", "10s", "-q", "--json"])
    const held = () => holdings((text) => scratch.sql(text))
    const before = await held()
    const host = inThisProcess(scratch.url)
    const next = fuzz(seed)
    const complaints: Array<string> = []
    for (let i = 0; i < 3_000; i++) {
      const fuzzed = next(token)
      const { complaint } = await answered(fuzzed, host.fetch(fuzzed.path, fuzzed.init))
      if (complaint !== undefined) complaints.push(complaint)
    }
    await host.close()
    expect(complaints.slice(0, 10)).toEqual([])
    expect(before).toContain('"log"')
    expect(await held()).toBe(before)
    await scratch.drop()
  },
  manyProcessesMs,
)
