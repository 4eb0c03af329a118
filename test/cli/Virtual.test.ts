/** Runs in virtual time through the real command, on native Postgres. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const asked = ["run", "--virtual", "--machines", "20", "--duration", "30s", "--seed", "7", "--sides", "4"]

describe("a virtual run", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  const json = async (...args: ReadonlyArray<string>) => {
    const done = await store.run([...args, "--json", "-q"])
    expect(done.code, done.stderr).toBe(0)
    return JSON.parse(done.stdout)
  }

  it("is the same whenever it is made, stored or not, and is proved by making it again", async () => {
    const [stored, unstored] = [await json(...asked), await json(...asked, "--no-store")]
    const { run, memoryMb: _, ...rest } = stored
    expect(rest).toMatchObject({ mode: "virtual", verified: true, missed: 0, lateness: { maxUs: 0 } })
    expect(unstored).toMatchObject({
      digest: stored.digest,
      machines: stored.machines,
      events: stored.events,
    })
    expect((await json(...asked, "--latency", "1ms..9ms", "--no-store")).digest).not.toBe(stored.digest)

    const proof = await json("replay", run, "--prove")
    expect(proof).toMatchObject({
      proved: true,
      events: stored.events,
      digest: stored.digest,
      difference: null,
    })
    expect((await store.run(["replay", run])).code).toBe(0)
    const [{ mode, status, events }] = await json("runs")
    expect([mode, status, events]).toEqual(["virtual", "finished", stored.events])
  })

  it("of another topology and pattern is made again by the command that it names, and proved", async () => {
    const reaching = ["--topology", "random:4", "--pattern", "broadcast"]
    const { run, digest } = await json(...asked, ...reaching)
    expect(await json("replay", run, "--prove")).toMatchObject({ proved: true, digest })
    const shown = await store.run(["show", run])
    const [, words] = /again with: lightcone (.*)/.exec((await store.run([...asked, ...reaching])).stderr)!
    expect(words).toContain("--topology random:4 --pattern broadcast")
    expect((await json(...words!.split(" "), "--no-store")).digest).toBe(digest)
    expect(shown.code).toBe(0)
  })

  it("that was changed is not proved, and the first event that differs is named", async () => {
    const { run } = await json(...asked, "--seed", "8")
    const [changed] = await store.sql<{ position: number }>(
      `update lightcone.log l set lamport = lamport + 1 from lightcone.run_heads h
       where h.run_id = $1 and l.run_key = h.run_key and l.position = 400 returning l.position`,
      [run],
    )
    expect(changed).toBeDefined()
    const { code, stdout } = await store.run(["replay", run, "--prove"])
    expect(code).toBe(1)
    expect(stdout.trim().split("\n").at(-1)).toBe(
      "not proved: the event at position 400 is the first that differs",
    )
  })

  it("that was interrupted, or killed, is gone on with as if nothing had happened", async () => {
    const long = ["run", "--virtual", "--machines", "100", "--duration", "600s", "--seed", "9"]
    const bad = ["--loss", "2%", "--duplication", "2%", "--links", "unordered", "--skew", "1%"]
    const faults = ["--fault", "crash 2 at 5s for 3s", "--fault", "pause 3 at 400s for 30s"]
    for (const [signal, more] of [
      ["SIGINT", []],
      ["SIGKILL", []],
      ["SIGINT", [...bad, ...faults]],
    ] as const) {
      const command = [...long, ...more]
      const running = store.start(command)
      const [, run] = await running.says(/^run ([a-z0-9]{12}), /m)
      await vi.waitUntil(
        async () =>
          (await store.sql("select 1 from lightcone.run_heads where run_id = $1 and head > 5000", [run]))
            .length > 0,
        { timeout: 60_000, interval: 20 },
      )
      running.signal(signal)
      expect((await running.finished).code).toBe(signal === "SIGINT" ? 130 : null)
      const broken = await json("replay", run!, "--prove")
      expect(broken.proved).toBe(true)
      if (signal === "SIGKILL")
        await store.sql("update lightcone.run_heads set lease_until = now() where run_id = $1 returning 1", [
          run,
        ])
      const resumed = await json("resume", run!)
      const unstored = await json(...command, "--no-store")
      expect(broken.events).toBeLessThan(unstored.events)
      expect([resumed.digest, resumed.verified]).toEqual([unstored.digest, true])
    }
  })

  it("whose owner was stopped on the way, past its lease, is taken over, and the owner writes nothing more", async () => {
    const long = ["run", "--virtual", "--machines", "100", "--duration", "600s", "--seed", "10"]
    const running = store.start(long)
    const [, run] = await running.says(/^run ([a-z0-9]{12}), /m)
    const open = `select 1 from lightcone.run_heads, pg_locks
      where run_id = $1 and head > 5000 and locktype = 'advisory' and objid = run_key::oid`
    while (true) {
      await vi.waitUntil(async () => (await store.sql(open, [run])).length > 0, {
        timeout: 60_000,
        interval: 5,
      })
      running.signal("SIGSTOP")
      // In the midst of a block, which then stays open.
      if ((await store.sql(open, [run])).length > 0) break
      running.signal("SIGCONT")
    }
    const resumed = await json("resume", run!)
    running.signal("SIGCONT")
    const former = await running.finished
    expect(former.code, former.stderr).toBe(3)
    expect(former.stderr).toContain("it was taken over by")
    const unstored = await json(...long, "--no-store")
    expect([resumed.digest, resumed.verified]).toEqual([unstored.digest, true])
    expect(await json("verify", run!)).toMatchObject({ verified: true, upTo: unstored.events })
  })

  it("makes up an experiment at once, the same one whenever it is made", async () => {
    const asked = ["experiment", "assignment", "--virtual"]
    const [first, second] = [await json(...asked), await json(...asked)]
    for (const { runs } of [first, second]) {
      expect(runs).toHaveLength(15)
      for (const { verified } of runs) expect(verified).toBe(true)
    }
    const plain = ({ runs }: { runs: ReadonlyArray<Record<string, unknown>> }) =>
      runs.map(({ run: _, ...rest }) => rest)
    expect(plain(first)).toEqual(plain(second))
    expect(first.table).toEqual(second.table)
  })

  it("refuses what only a real run or only a virtual one has", async () => {
    for (const [args, problem] of [
      [["--no-store"], "--no-store must go with --virtual"],
      [["--latency", "2ms"], "--latency must be left out of a real run"],
      [["--virtual", "--latency", "soon"], "--latency must be a time such as 2ms"],
      [["--machines", "1001"], "--machines must be a whole number of machines, 1 to 1000 in a real run"],
      [
        ["--virtual", "--machines", "1000001"],
        "--machines must be a whole number of machines, 1 to 1000 in a real run and to 1000000 in a virtual one",
      ],
      [["--loss", "1%"], "--loss must be left out of a real run, whose network is real"],
      [["--links", "unordered"], "--links must be left out of a real run, whose network is real"],
      [["--skew", "1%"], "--skew must be left out of a real run, whose clock is real"],
      [
        ["--virtual", "--loss", "1"],
        '--loss must be a percentage of at most four decimals, such as 1% or 0.25%, found "1"',
      ],
      [["--virtual", "--loss", "101%"], "--loss must be from 0% to 100%, found 101%"],
      [["--virtual", "--skew", "51%"], "--skew must be from 0% to 50%, found 51%"],
      [["--virtual", "--links", "any"], '--links must be "fifo" or "unordered", found "any"'],
      [["--virtual", "--latency", "exp:3s"], "--latency must be"],
      [["--virtual", "--fault", "partition 1|1,2 at 1s"], "--fault must name each machine in one group"],
      [["--virtual", "--fault", "partition 1|9 at 1s"], "--fault must name machines from 1 to 3, found 9"],
    ] as const) {
      const refused = await store.run(["run", ...args])
      expect(refused).toMatchObject({ code: 2, stdout: "" })
      expect(refused.stderr).toContain(`lightcone: Cannot run: ${problem}`)
    }
  })
})
