/**
 * Two campaigns against `lightcone serve` on a native Postgres. 200 clients follow a run of some 6,000 events, are cut
 * off at random and come back, while the instance is killed and started again twice. Then 1,000 clients follow three machines
 * undisturbed: how late events come, and what memory the instance takes.
 * Run: tsx scripts/event-streams.ts [SEED]
 */
import { rmSync } from "node:fs"
import * as Random from "../src/domain/Random.ts"
import { carryOut } from "../test/http/StreamCampaign.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import { freePort } from "../test/support/Unprivileged.ts"

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1_000_000_000))
console.log(`event-streams: seed ${seed}; again with: npx tsx scripts/event-streams.ts ${seed}`)
const draw = Random.draws(seed, Random.Purpose.configuration, 1)

const server = await startPostgres()
const { folder, program } = await bundleProgram()
const common = { program, databaseUrl: server.url, random: () => draw() / 2 ** 32 }
let good = true
try {
  const cut = { clients: 200, cutsPerSecond: 100, killsAtS: [10, 20], machines: 33, seconds: 30 }
  const load = { clients: 1_000, cutsPerSecond: 0, killsAtS: [], machines: 3, seconds: 30 }
  for (const [name, campaign] of Object.entries({ cut, load })) {
    const outcome = await carryOut({ ...common, ...campaign, port: await freePort() })
    good &&= outcome.complaints.length === 0
    for (const complaint of outcome.complaints.slice(0, 20)) console.log(complaint)
    const { events, connections, p50Ms, p99Ms, memoryMb } = outcome
    console.log(
      `${name}: ${campaign.clients} clients, ${events} events, ${connections} connections, ${outcome.complaints.length} complaints; an event came after ${p50Ms} ms (median), ${p99Ms} ms (99th percentile); ${memoryMb} MB at most`,
    )
  }
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = good ? 0 : 1
