/** A run with a delivery order through the real command, on native Postgres: stored, read, copied, made again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const asked = [
  ...["run", "--virtual", "--machines", "5", "--duration", "20s", "--seed", "4", "--links", "unordered"],
  ...["--latency", "exp:500ms", "--pattern", "broadcast", "--delivery", "total"],
]

/** How many there were, and how many of them a layer still held once all had been let in: by a running count. */
const heldIn = (run: string): string =>
  `select count(*) filter (where step = 1) as messages, sum(step) as left from held_messages, lateral (values (came_at, 1), (let_in_at, -1)) as change(at, step) where run_id = '${run}'`

describe("a run with a delivery order", () => {
  let store: Scratch
  const directory = mkdtempSync(join(tmpdir(), "lightcone-delivery-"))
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(async () => {
    rmSync(directory, { recursive: true })
    await store.drop()
  })

  const json = async (...args: ReadonlyArray<string>) => {
    const done = await store.run([...args, "--json", "-q"])
    expect(done.code, done.stderr).toBe(0)
    return JSON.parse(done.stdout)
  }

  it("is verified from its store, is proved by making it again, and is the same as a copy", async () => {
    const made = await json(...asked)
    const verdict = await json("verify", made.run)
    const delivery = verdict.checks.find(({ invariant }: { invariant: string }) => invariant === "delivery")
    expect(delivery.failures).toEqual([])
    expect(delivery.checked).toBeGreaterThan(100)
    const held = delivery.rules.find(({ rule }: { rule: string }) => rule === "held").checked
    expect(held).toBeGreaterThan(50)
    expect(delivery.how).toContain(
      `total order: ${held} of ${delivery.checked} messages received were held back`,
    )

    expect(await json("sql", heldIn(made.run))).toEqual([{ messages: held, left: 0 }])
    const [first] = (await store.run(["events", made.run, "-q"])).stdout.match(/.*, held back .* s\b.*/) ?? []
    expect(first).toContain("received")
    const report = join(directory, "report.html")
    expect((await store.run(["report", made.run, "--out", report, "-q"])).code).toBe(0)
    expect(readFileSync(report, "utf8")).toContain("Messages held back by the delivery order, total")

    expect(await json("replay", made.run, "--prove")).toMatchObject({ proved: true, digest: made.digest })

    const exported = await store.run(["export", made.run, "--format", "jsonl", "-q"])
    expect(exported.stdout.split('"heldUs"').length - 1).toBe(held)
    const file = join(directory, "copy.jsonl")
    writeFileSync(file, exported.stdout)
    const copy = await json("import", file)
    expect(await json("verify", copy.run)).toMatchObject({ verified: true })
    expect(await json("show", copy.run)).toMatchObject({ digest: made.digest })
  })

  it("is forked with another seed and other latencies, and not with losses", async () => {
    const parent = await json(...asked)
    const fork = ["fork", parent.run, "--at", "200", "--set"]
    const made = await json(...fork, "seed=9", "--set", "latency=exp:900ms")
    expect(made.digest).not.toBe(parent.digest)
    const { verified, checks } = await json("verify", made.run)
    expect(verified, JSON.stringify(checks)).toBe(true)
    expect(await json("replay", made.run, "--prove")).toMatchObject({ proved: true, digest: made.digest })
    const lossy = await store.run([...fork, "loss=1%"])
    expect(lossy.code).toBe(2)
    expect(lossy.stderr).toContain('found "total" with loss')
  })

  it.each([
    [["--delivery", "none"], 0],
    [["--delivery", "causal", "--loss", "1%"], 2],
    [["--delivery", "sorted"], 2],
  ])("with %j ends with %i", async (options, code) => {
    const done = await store.run(["run", "--virtual", "--duration", "1s", "--no-store", ...options])
    expect(done.code, done.stderr).toBe(code)
    expect(done.stderr.includes("Cannot run: --delivery must be")).toBe(code === 2)
  })
})
