/** Runs whose process dies, and stores that go away: through the real command. test/torture has those that are fought for. */
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import {
  complaints,
  type Finished,
  manyProcessesMs,
  type Running,
  type Scratch,
  scratchDatabase,
  start,
} from "../support/Cli.ts"
import { startPostgres } from "../support/Postgres.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const lively = ["--rates", "40,60,80", "--sides", "3"]

/** The name of a run that has stored events. */
const underWay = async (running: Running): Promise<string> => {
  const [, run] = await running.says(/^run ([a-z0-9]{12}), /m)
  await running.says(/^[1-9]\d* events stored/m)
  return run!
}

const lastLine = ({ stderr }: Finished): string => stderr.trim().split("\n").at(-1)!

describe("an interrupted run", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  const killed = async (duration: string): Promise<string> => {
    const running = store.start(["run", ...lively, "--duration", duration])
    const run = await underWay(running)
    running.signal("SIGKILL")
    expect((await running.finished).code).toBeNull()
    return run
  }

  it("is hinted at, waits for its owner's lease, and is resumed to its end", async () => {
    const run = await killed("3s")
    const resumed = await store.run(["resume", run])
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(resumed.stderr).toMatch(/^run \w{12} is held by pid \d+ on .+ it is free in \d+ s$/m)
    expect(resumed.stdout).toMatch(/^verified: .*\(finished\)$/m)
    const shown = JSON.parse((await store.run(["show", run, "--json"])).stdout)
    expect(shown.machines.map(({ ticks }: { ticks: number }) => ticks)).toEqual([120, 180, 240])
    const again = await store.run(["resume", run])
    expect(again.code).toBe(2)
    expect(lastLine(again)).toBe(
      `lightcone: Cannot resume run ${run}: it must be interrupted, found that it is finished`,
    )
  })

  it("says how to go on with it, in run's last words and in the list of runs", async () => {
    const running = store.start(["run", ...lively, "--duration", "60s"])
    const run = await underWay(running)
    running.signal("SIGINT")
    const stopped = await running.finished
    expect(stopped.code).toBe(130)
    expect(stopped.stdout.trim().split("\n").at(-1)).toBe(`next: lightcone resume ${run}`)
    const listed = await store.run(["runs"])
    expect(listed.stderr).toContain(`lightcone resume ${run}`)
  })
})

describe("a store that goes away", () => {
  it("is waited for; what was missed is recorded, and the run verifies", async () => {
    const server = await startPostgres()
    const env = { LIGHTCONE_DATABASE_URL: server.url }
    const running = start(["run", ...lively, "--duration", "9s"], { env })
    await underWay(running)
    await server.down("crash")
    await sleep(2_500)
    await server.up()
    const done = await running.finished
    expect(done.code, done.stderr).toBe(0)
    expect(done.stdout).toMatch(/^ticks +\d+ made, [1-9]\d* missed, 1620 due$/m)
    await server.stop()
  })

  it("for longer than the limit ends the run with 3; it can be gone on with", async () => {
    const server = await startPostgres()
    const env = { LIGHTCONE_DATABASE_URL: server.url }
    const running = start(["run", ...lively, "--duration", "20s", "--max-outage", "1s"], { env })
    const run = await underWay(running)
    await server.down("crash")
    const done = await running.finished
    expect(done.code, done.stderr).toBe(3)
    expect(complaints(done).join("\n")).toMatch(
      new RegExp(`run ${run} is interrupted; once the store is there, go on with: lightcone resume ${run}`),
    )
    await server.up()
    const resumed = start(["resume", run], { env, timeoutMs: 90_000 })
    await resumed.says(/^[1-9]\d* events stored/m)
    resumed.signal("SIGINT")
    const end = await resumed.finished
    expect(end.code, end.stderr).toBe(130)
    expect(end.stdout).toMatch(/^verified: /m)
    await server.stop()
  })

  it("that comes back without what it acknowledged is told so, and the run ends with 3", async () => {
    const store = await scratchDatabase()
    const running = store.start(["run", ...lively, "--duration", "20s"])
    const run = await underWay(running)
    // As after a failover to a replica that lagged: the log's end and the head are gone together. In two statements, as
    // one would not see the events of an append that it had to wait for.
    await store.sql(`do $$ begin
      update lightcone.run_heads set head = head - 20 where run_id = '${run}';
      delete from lightcone.log l using lightcone.run_heads h
        where h.run_id = '${run}' and l.run_key = h.run_key and l.position > h.head;
    end $$`)
    const done = await running.finished
    expect(done.code, done.stderr).toBe(3)
    expect(lastLine(done)).toMatch(
      /the store acknowledged position \d+, and now ends at \d+; it lost what it promised$/,
    )
    await expect(store.run(["resume", run, "-q"])).resolves.toMatchObject({ code: 0 })
    await store.drop()
  })
})
