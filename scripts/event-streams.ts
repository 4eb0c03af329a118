/**
 * Campaigns against `lightcone serve` on a native Postgres. `--cut`: 200 clients follow a run of some 6,000 events, are
 * cut off at random and come back, while the instance is killed and started again twice. `--load`: 1,000 clients follow
 * a run undisturbed; how late events come, and what memory the instance takes. Both, unless one is named.
 * Run: tsx scripts/event-streams.ts [--cut] [--load] [--machines 3] [--stream 300] [--seed S]
 */
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Random from "../src/domain/Random.ts"
import { carryOut } from "../test/http/StreamCampaign.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import { freePort } from "../test/support/Unprivileged.ts"

const { values } = parseArgs({
  options: {
    cut: { type: "boolean", default: false },
    load: { type: "boolean", default: false },
    /** Of the run under load; each makes six events a second. */
    machines: { type: "string", default: "3" },
    /** How long a stream lasts under load, seconds. */
    stream: { type: "string", default: "300" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000_000)) },
  },
})
const both = values.cut === values.load
const machines = Number(values.machines)
const streamS = Number(values.stream)
const atMost = { p99Ms: 1_000, memoryMb: 500 }
console.log(`event-streams: seed ${values.seed}; again with --seed ${values.seed}`)
const draw = Random.draws(Number(values.seed), Random.Purpose.configuration, 1)

const server = await startPostgres()
const { folder, program } = await bundleProgram()
const common = { program, databaseUrl: server.url, random: () => draw() / 2 ** 32 }

const report = async (name: string, campaign: Omit<Parameters<typeof carryOut>[0], keyof typeof common>) => {
  const outcome = await carryOut({ ...common, ...campaign })
  const { complaints, events, connections, cuts, kills, toldEnd, p50Ms, p99Ms } = outcome
  for (const complaint of complaints.slice(0, 20)) console.log(complaint)
  console.log(
    `${name}: ${campaign.clients} clients, ${events} events, ${connections} connections, ${cuts} cuts, ${kills} kills; ${complaints.length} complaints, ${toldEnd} were told the end`,
  )
  console.log(
    `  an event came after ${p50Ms} ms (median), ${p99Ms} ms (99th percentile), of which the clients' own process was late by ${outcome.clientsLateMs} ms (99th percentile)`,
  )
  console.log(
    `  the instance took ${outcome.memoryMb} MB at most, and ${outcome.processorS} s of processor time since it last started`,
  )
  return outcome
}

let good = true
try {
  if (values.cut || both) {
    const disturbed = {
      clients: 200,
      cutsPerSecond: 100,
      killsAtS: [10, 20],
      machines: 33,
      seconds: 30,
      streamS: 10,
    }
    const { complaints, kills } = await report("cut", { ...disturbed, port: await freePort() })
    good &&= complaints.length === 0 && kills === 2
  }
  if (values.load || both) {
    const undisturbed = { clients: 1_000, cutsPerSecond: 0, killsAtS: [], machines, seconds: 30, streamS }
    const { complaints, p99Ms, memoryMb } = await report("load", { ...undisturbed, port: await freePort() })
    good &&= complaints.length === 0 && p99Ms < atMost.p99Ms && memoryMb < atMost.memoryMb
  }
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(good ? "all hold" : "not all hold")
process.exitCode = good ? 0 : 1
