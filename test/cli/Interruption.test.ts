import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { complaints, manyProcessesMs, type Running, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const lively = ["--rates", "40,60,80", "--duration", "60s"]

describe("a run", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  /** The name of a run that has stored events. */
  const underWay = async (running: Running): Promise<string> => {
    const [, run] = await running.says(/^run ([a-z0-9]{12}), /m)
    await running.says(/^[1-9]\d* events stored/m)
    return run!
  }

  const lastKinds = (run: string) =>
    store.sql(
      `select distinct on (machine) machine, kind from lightcone.events where run_id = $1 order by machine, version desc`,
      [run],
    )

  const status = async (run: string) =>
    (await store.sql<{ status: string }>("select status from lightcone.runs where run_id = $1", [run]))[0]
      ?.status

  const verdict = async (run: string) => {
    const verified = await store.run(["verify", run, "--json"])
    expect(verified.code, verified.stdout).toBe(0)
    const { verified: holds, finished } = JSON.parse(verified.stdout)
    return { verified: holds, finished }
  }

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    it(`that gets ${signal} stops every stream, is interrupted, verifies, and exits with ${code}`, async () => {
      const running = store.start(["run", ...lively, "--json"])
      const run = await underWay(running)
      running.signal(signal)
      const done = await running.finished
      expect(done.code, done.stderr).toBe(code)
      expect(JSON.parse(done.stdout)).toMatchObject({ run, verified: true })
      for (const line of complaints(done)) expect(line).toMatch(/^run |events stored/)
      expect(await lastKinds(run)).toEqual([
        { machine: 0, kind: "run-started" },
        { machine: 1, kind: "stopped" },
        { machine: 2, kind: "stopped" },
        { machine: 3, kind: "stopped" },
      ])
      expect(await status(run)).toBe("interrupted")
      expect(await verdict(run)).toEqual({ verified: true, finished: false })
    })

  it("that is killed with -9 leaves a log that is causally closed", async () => {
    const running = store.start(["run", ...lively])
    const run = await underWay(running)
    running.signal("SIGKILL")
    expect((await running.finished).code).toBe(null)
    expect(await verdict(run)).toEqual({ verified: true, finished: false })
    const orphans = await store.sql(
      `select r.machine, r.version from lightcone.events r where r.run_id = $1 and r.kind = 'received' and not exists (
         select 1 from lightcone.events s where s.run_id = r.run_id and s.kind = 'sent' and s.position < r.position
           and s.machine = (r.payload ->> 'sender')::int and s.version = (r.payload ->> 'sendVersion')::int)`,
      [run],
    )
    expect(orphans).toEqual([])
  })

  it("that cannot stop, as its store does not answer, exits at once on a second signal and keeps what was acknowledged", async () => {
    const running = store.start(["run", ...lively])
    const run = await underWay(running)
    const holder = await store.connect()
    await holder.query("begin")
    const { rows } = await holder.query("select head from lightcone.run_heads where run_id = $1 for update", [
      run,
    ])
    running.signal("SIGINT")
    // Signals closer together than this are one that a wrapper passed on. The store is held until after the end.
    await new Promise((resolve) => setTimeout(resolve, 300))
    running.signal("SIGINT")
    const done = await running.finished
    expect(done.code, done.stderr).toBe(130)
    expect(done.stdout).toBe("")
    await holder.query("rollback")
    await holder.end()
    const [head] = await store.sql<{ head: number }>(
      "select head from lightcone.run_heads where run_id = $1",
      [run],
    )
    expect(head!.head).toBeGreaterThanOrEqual(rows[0].head)
    expect(await verdict(run)).toEqual({ verified: true, finished: false })
  })

  it("that is followed is printed as it grows, and the follower ends with it", async () => {
    const running = store.start(["run", "--duration", "3s", "--rates", "20,30,40", "--json"])
    const run = await underWay(running)
    const following = store.start(["events", run, "--follow", "--json"])
    const done = await running.finished
    expect(done.code, done.stderr).toBe(0)
    const followed = await following.finished
    expect(followed.code, followed.stderr).toBe(0)
    const events = followed.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(events.map(({ position }) => position)).toEqual(events.map((_, i) => i + 1))
    expect(events).toHaveLength(JSON.parse(done.stdout).events)
    expect(events.at(-1)).toMatchObject({ machine: 0, kind: "run-finished" })
  })

  it("that is followed is printed to its end, when it ends between two looks at the store", async () => {
    const made = await store.run(["run", "--duration", "1s", "--rates", "20,30,40", "--json"])
    const { run, events } = JSON.parse(made.stdout)
    const [head] = await store.sql<{ key: number }>(
      "select run_key as key from lightcone.run_heads where run_id = $1",
      [run],
    )
    const held = 5
    const writer = await store.connect()
    const owned = (lease: string) =>
      writer.query(`update lightcone.run_heads set lease_until = ${lease} where run_id = $1`, [run])
    await writer.query(
      `create temporary table last as select * from lightcone.log where run_key = ${head!.key} and position > ${events - held}`,
    )
    await writer.query(
      `delete from lightcone.log where run_key = ${head!.key} and position > ${events - held}`,
    )
    await owned("clock_timestamp() + interval '1 hour'")

    const following = store.start(["events", run, "--follow", "--json"])
    await following.prints(new RegExp(`"position":${events - held},`))
    await writer.query("begin")
    await writer.query("lock table lightcone.run_heads in access exclusive mode")
    await vi.waitUntil(
      async () =>
        (
          await writer.query(
            "select 1 from pg_locks where relation = 'lightcone.run_heads'::regclass and not granted",
          )
        ).rowCount === 1,
      { timeout: 10_000 },
    )
    await writer.query("insert into lightcone.log select * from last")
    await owned("null")
    await writer.query("commit")
    await writer.end()

    const followed = await following.finished
    expect(followed.code, followed.stderr).toBe(0)
    expect(followed.stdout.trimEnd().split("\n")).toHaveLength(events)
  })
})
