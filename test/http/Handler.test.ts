import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import { type Scratch, scratchDatabase, start } from "../support/Cli.ts"
import * as Hosts from "./Hosts.ts"
import { answersRequests, refusesForeignHosts, run, type Subject } from "./Requests.ts"

const parsed = async (finished: Promise<{ code: number | null; stdout: string; stderr: string }>) => {
  const { code, stdout, stderr } = await finished
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

describe("on a native Postgres", () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await scratchDatabase()
    await parsed(scratch.run([...run, "--json", "-q"]))
  })
  afterAll(() => scratch.drop())

  const hosts: ReadonlyArray<readonly [name: string, open: () => Promise<Hosts.Host>]> = [
    ["the handler in this process", async () => Hosts.inThisProcess(scratch.url)],
    ["serve on Node", () => Hosts.servedByNode({ env: { LIGHTCONE_DATABASE_URL: scratch.url } })],
    ["deno serve", () => Hosts.servedByDeno(scratch.url)],
  ]
  for (const [name, open] of hosts)
    describe(name, () => {
      let host: Hosts.Host
      beforeAll(async () => {
        host = await open()
      })
      afterAll(() => host.close())
      const subject = (): Subject => ({
        fetch: host.fetch,
        token: Hosts.token,
        command: (...words) => parsed(scratch.run([...words, "-q"])),
        remove: (...runs) => parsed(scratch.run(["rm", ...runs, "--json", "-q"])),
      })
      answersRequests(subject)
    })

  describe("that is bound to loopback", () => {
    let host: Hosts.Bound
    beforeAll(async () => {
      host = await Hosts.servedByNode({ env: { LIGHTCONE_DATABASE_URL: scratch.url } })
    })
    afterAll(() => host.close())
    refusesForeignHosts(
      (...asked) => host.ask(...asked),
      () => Hosts.token,
    )
  })
})

describe("on the embedded store, served by Node", () => {
  const cwd = mkdtempSync(join(tmpdir(), "lightcone-serve-"))
  let host: Hosts.Bound
  beforeAll(async () => {
    await parsed(start([...run, "--json", "-q"], { cwd }).finished)
    host = await Hosts.servedByNode({ cwd })
  })
  afterAll(async () => {
    await host.close()
    rmSync(cwd, { recursive: true, force: true })
  })
  refusesForeignHosts(
    (...asked) => host.ask(...asked),
    () => Hosts.token,
  )
  answersRequests(() => ({
    fetch: host.fetch,
    token: Hosts.token,
    command: (...words) => parsed(start([...words, "-q"], { cwd }).finished),
  }))
})
