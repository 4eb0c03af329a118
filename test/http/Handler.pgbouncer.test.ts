import { afterAll, beforeAll } from "vitest"
import { type Scratch, scratchDatabase } from "../support/Cli.ts"
import { type PgBouncer, startPgBouncer } from "../support/PgBouncer.ts"
import * as Hosts from "./Hosts.ts"
import { answersRequests, run } from "./Requests.ts"

let scratch: Scratch
let bouncer: PgBouncer
let host: Hosts.Host
beforeAll(async () => {
  scratch = await scratchDatabase()
  await scratch.run([...run, "--json", "-q"])
  bouncer = await startPgBouncer(scratch.url)
  host = Hosts.inThisProcess(bouncer.url)
})
afterAll(async () => {
  await host.close()
  await bouncer.stop()
  await scratch.drop()
})

answersRequests(() => ({
  fetch: host.fetch,
  token: Hosts.token,
  command: async (...words) => JSON.parse((await scratch.run([...words, "-q"])).stdout),
}))
