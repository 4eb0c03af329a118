/** Forks and their comparison through the real commands, on native Postgres. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { inProcess } from "../support/InProcess.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

interface Event {
  readonly position: number
  readonly machine: number
  readonly version: number
  readonly kind: string
  readonly payload: Record<string, unknown>
}

describe("a fork", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  const told = (...args: ReadonlyArray<string>) => inProcess([...args, "--database", store.url, "-q"])
  const json = async (...args: ReadonlyArray<string>) => {
    const { code, stdout, stderr } = await told(...args, "--json")
    expect(args[0] === "diff" ? [0, 1] : [0], stderr).toContain(code)
    return JSON.parse(stdout)
  }
  const made = (seed: number, ...options: ReadonlyArray<string>) =>
    json("run", "--virtual", "--seed", String(seed), "--duration", "20s", ...options)
  const eventsOf = async (run: string): Promise<ReadonlyArray<Event>> =>
    (await told("events", run, "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  const cutAt = async (run: string, position: number) => {
    await store.sql(
      "delete from lightcone.log l using lightcone.run_heads h where h.run_id = $1 and l.run_key = h.run_key and l.position > $2",
      [run, position],
    )
    await store.sql(
      "update lightcone.run_heads set head = $2, lease_until = null, last_batch = null where run_id = $1",
      [run, position],
    )
  }

  it("with nothing changed has its parent's digest, wherever it begins, and with another seed another", async () => {
    for (let left = 10; left > 0; left--) {
      const seed = Math.floor(Math.random() * 1_000_000)
      const parent = await made(seed, "--latency", "1ms..400ms")
      const at = Math.floor(Math.random() * (parent.events + 1))
      const same = await json("fork", parent.run, "--at", String(at))
      expect(same, `seed ${seed} at ${at}`).toMatchObject({
        digest: parent.digest,
        verified: true,
        parent: { run: parent.run, position: at, set: [] },
      })
      const other = await json("fork", parent.run, "--at", String(Math.min(at, 40)), "--set", "seed=1")
      expect(other.digest).not.toBe(parent.digest)
      expect(await json("diff", parent.run, same.run)).toMatchObject({ same: true, first: [] })
    }
  })

  it("that drops a message parts from its parent at that message's receipt, and verifies, replays and proves", async () => {
    const parent = await made(7)
    const receipt = (await eventsOf(parent.run)).filter(({ kind }) => kind === "received")[20]!
    const { sender, sendVersion } = receipt.payload
    const child = await json(
      "fork",
      parent.run,
      "--set",
      `drop-message=${sender}/${sendVersion}->${receipt.machine}`,
    )
    const { code } = await told("diff", parent.run, child.run)
    expect(code).toBe(1)
    const found = await json("diff", parent.run, child.run)
    expect(found).toMatchObject({ same: false, outside: 0, otherTimes: 0 })
    expect(found.first).toHaveLength(1)
    expect(found.first[0].a).toMatchObject({
      machine: receipt.machine,
      version: receipt.version,
      kind: "received",
    })
    expect(found.onlyB.filter(({ kind }: Event) => kind === "dropped")).toMatchObject([
      { payload: { sender, sendVersion, reason: "loss" } },
    ])
    expect((await told("verify", child.run)).code).toBe(0)
    expect((await told("replay", child.run)).code).toBe(0)
    expect(await json("replay", child.run, "--prove")).toMatchObject({ proved: true, digest: child.digest })
  })

  it("is told by runs, show and events, and kept by a copy, which can be forked again", async () => {
    const parent = await made(3)
    const set = ["rates=1,3,6", "sides=4", "fault=crash 2 at 15s for 2s"]
    const { run, digest } = await json("fork", parent.run, "--at", "60", "--set", ...set)
    const forking = { run: parent.run, position: 60, set }
    const [listed] = await json("runs")
    expect(listed).toMatchObject({ run, parent: forking, status: "finished", mode: "virtual" })
    expect(await json("show", run)).toMatchObject({ parent: forking })
    expect((await told("show", run)).stdout).toContain(
      `lightcone fork ${parent.run} --at 60 --set rates=1,3,6 sides=4 "fault=crash 2 at 15s for 2s"`,
    )
    const [first] = await eventsOf(run)
    expect(first).toMatchObject({
      kind: "run-forked",
      payload: { parent: { run: parent.run, position: 60 }, set },
    })

    const directory = mkdtempSync(join(tmpdir(), "lightcone-fork-"))
    try {
      const file = join(directory, "fork.jsonl")
      writeFileSync(file, (await told("export", run, "--format", "jsonl")).stdout)
      const copy = await json("import", file)
      expect(await json("show", copy.run)).toMatchObject({ digest, parent: forking, verified: true })
      expect(await json("fork", copy.run, "--at", "70")).toMatchObject({ digest })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it("that was interrupted goes on, whatever of it was stored", async () => {
    const parent = await made(11)
    const { run, digest, events } = await json("fork", parent.run, "--at", "80", "--set", "latency=1ms..90ms")
    for (const position of [1, 2, 50, 120, events - 1]) {
      await cutAt(run, position)
      expect(await json("resume", run)).toMatchObject({ digest, events, verified: true })
    }
  })

  it("of a real run goes on from a copy in virtual time, is proved from its own log, and resumed at any place", async () => {
    const parent = await json("run", "--rates", "10,20,40", "--duration", "2s", "--seed", "5")
    const log = await eventsOf(parent.run)
    const position = log.find(({ kind, position }) => kind === "received" && position > 60)!.position
    const { run, digest, events } = await json(
      "fork",
      parent.run,
      "--at",
      String(position),
      "--set",
      "sides=4",
    )
    const copied = (all: ReadonlyArray<Event>) =>
      all
        .filter(({ machine }) => machine > 0)
        .slice(0, position - 1)
        .map(({ machine, version, kind, payload }) => ({ machine, version, kind, sent: payload.sendVersion }))
    expect(copied(await eventsOf(run))).toEqual(copied(log))
    const { first } = await json("diff", parent.run, run)
    expect(first.length).toBeGreaterThan(0)
    expect(await json("show", run)).toMatchObject({ run, parent: { run: parent.run, position } })
    for (const at of [1, 2, 30, position + 1, events - 1]) {
      await cutAt(run, at)
      expect(await json("resume", run), `cut at ${at}`).toMatchObject({ digest, events, verified: true })
    }
    expect((await told("rm", parent.run)).code).toBe(0)
    expect(await json("replay", run, "--prove")).toMatchObject({ proved: true, digest })
    expect(await json("fork", run, "--at", String(events - 20))).toMatchObject({ digest, verified: true })
    await cutAt(run, 30)
    expect((await told("resume", run)).stderr).toContain(parent.run)
  })

  it("is refused where its configuration does not make the record", async () => {
    const { run } = await made(5)
    await store.sql(
      `update lightcone.log l set lamport = lamport + 1 from lightcone.run_heads h
       where h.run_id = $1 and l.run_key = h.run_key and l.position = 30`,
      [run],
    )
    expect((await told("fork", run, "--at", "29")).code).toBe(0)
    const { code, stderr } = await told("fork", run, "--at", "60")
    expect(code).toBe(2)
    expect(stderr).toContain(
      "its configuration must make the events of its record, found another at position 30",
    )
  })

  it("is refused in words where it cannot be", async () => {
    const { run, events } = await made(2)
    const receipt = (await eventsOf(run)).find(({ kind }) => kind === "received")!
    const { sender, sendVersion } = receipt.payload
    const real = await json("run", "--rates", "20,30,40", "--duration", "300ms")
    const grown = await json("fork", run, "--at", "60", "--set", "sides=4")
    const refused: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [[run, "--at", "50", "--set", "color=red"], "must be rates=1,3,6, seed=N"],
      [[run, "--at", String(events + 1)], `--at must be a position of its log, 0 to ${events}`],
      [[run], "--at must say at which position of the log, found nothing"],
      [[run, "--at", "50", "--set", "rates=1,2"], "must have a rate for each of the 3 machines, found 2"],
      [[run, "--at", "50", "--set", "rates=1,2,0"], "from 1 to 1000, found 0"],
      [[run, "--at", "50", "--set", "fault=crash 2 at 1ms"], "fault must be later than"],
      [[run, "--at", "50", "--set", "fault=crash 2 at 1h"], "fault must be within the schedule of 20s"],
      [[run, "--at", "50", "--set", "drop-message=1/9999->2"], "found no send 1/9999 to machine 2"],
      [
        [run, "--at", String(events), "--set", `drop-message=${sender}/${sendVersion}->${receipt.machine}`],
        "must name a message that has not arrived",
      ],
      [[real.run, "--at", "2"], "after the start of its 3 machines, found that 1 had started"],
      [[real.run, "--at", String(real.events)], "before its first fault, stop or resumption, found stopped"],
      [[grown.run, "--at", "20", "--set", "sides=5"], "before the run's own fork"],
    ]
    for (const [args, words] of refused) {
      const { code, stderr } = await told("fork", ...args)
      expect(code, stderr).toBe(2)
      expect(stderr).toContain(words)
    }
  })
})
