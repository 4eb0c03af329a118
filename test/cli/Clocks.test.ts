/** `clocks` as its users have it: what it prints, what it leaves for SQL, and what it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { registry } from "../../src/domain/clocks/Registered.ts"
import { complaints, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

interface Share {
  readonly share: number | null
  readonly standardError: number | null
}

interface Document {
  readonly run: string
  readonly clockEvents: number
  readonly strays: number
  readonly pairs: {
    readonly exact: boolean
    readonly concurrent: Share & { readonly compared: number }
    readonly causal: Share & { readonly compared: number }
  }
  readonly clocks: ReadonlyArray<{
    readonly clock: string
    readonly bytes: { readonly mean: number; readonly largest: number }
    readonly falseOrder: Share
    readonly inverted: Share | null
    readonly unordered: Share
    readonly reversed: Share
    readonly nsPerStamp: number
  }>
}

/** Three machines, of which c hears nothing; no time is said. */
const timeless = [
  { machine: "a", kind: "sent", lamport: 1, recipients: ["b"], message: "m" },
  { machine: "b", kind: "internal", lamport: 1 },
  { machine: "b", kind: "received", lamport: 2, message: "m" },
  { machine: "b", kind: "received", lamport: 9, message: "of nobody" },
  { machine: "c", kind: "internal", lamport: 1 },
  { machine: "c", kind: "internal", lamport: 2 },
]

let store: Scratch
let folder: string
let troubled: string
let found: Document

const ask = async (...args: ReadonlyArray<string>): Promise<string> => {
  const done = await store.run(args)
  expect(done.code, done.stderr).toBe(0)
  expect(complaints(done)).toEqual([])
  return done.stdout
}
const made = async (...options: ReadonlyArray<string>): Promise<string> =>
  JSON.parse(await ask("run", "--virtual", "-q", "--json", ...options)).run
const clocksOf = async (...args: ReadonlyArray<string>): Promise<Document> =>
  JSON.parse(await ask("clocks", ...args, "--json"))
const rows = async (query: string): Promise<ReadonlyArray<Record<string, unknown>>> =>
  JSON.parse(await ask("sql", query, "--json"))
const clock = (document: Document, name: string) => document.clocks.find(({ clock }) => clock === name)!

beforeAll(async () => {
  store = await scratchDatabase()
  folder = mkdtempSync(join(tmpdir(), "lightcone-clocks-"))
  const network = ["--loss", "5%", "--duplication", "5%", "--links", "unordered", "--latency", "exp:50ms"]
  const shape = ["--machines", "5", "--sides", "4", "--seed", "11", "--duration", "30s", "--capacity", "3"]
  troubled = await made(...shape, "--overflow", "drop-oldest", ...network)
  found = await clocksOf(troubled)
})
afterAll(async () => {
  await store.drop()
  rmSync(folder, { recursive: true, force: true })
})

describe("of a run with losses, second copies, overtaking messages, sends to two and full inboxes", () => {
  it("compares all pairs by every clock of the registry", async () => {
    const [{ count }] = (await rows(
      `select count(*) from events where run_id = '${troubled}' and kind in ('internal', 'sent', 'received')`,
    )) as [{ count: number }]
    expect(found.clockEvents).toBe(count)
    expect(found.strays).toBe(0)
    expect(found.pairs.exact).toBe(true)
    expect(found.pairs.concurrent.compared + found.pairs.causal.compared).toBe((count * (count - 1)) / 2)
    expect(found.clocks.map(({ clock }) => clock)).toEqual(registry.map(({ name }) => name))
  })

  it("finds that no clock leaves a causal pair unordered, and which order nothing that is concurrent", () => {
    for (const { clock, unordered, reversed, falseOrder, bytes, nsPerStamp } of found.clocks) {
      expect([clock, unordered.share, reversed.share]).toEqual([clock, 0, 0])
      const isExact = clock === "vector" || clock === "interval-tree"
      expect([clock, falseOrder.share! > 0]).toEqual([clock, !isExact])
      expect(bytes.mean).toBeLessThanOrEqual(bytes.largest)
      expect(nsPerStamp).toBeGreaterThan(0)
    }
    expect(clock(found, "lamport").falseOrder.share).toBeGreaterThan(0.8)
    expect(clock(found, "lamport").inverted!.share).toBeGreaterThan(0)
  })

  it("prints the same as a table", async () => {
    const text = await ask("clocks", troubled)
    for (const { clock, bytes } of found.clocks)
      expect(text).toMatch(new RegExp(`^${clock} +${bytes.mean.toFixed(1)} +${bytes.largest} `, "m"))
    expect(text).toContain(
      `all pairs were compared: ${found.pairs.concurrent.compared.toLocaleString("en")} concurrent`,
    )
  })

  it("is right about order against time as far as physical clocks are", async () => {
    const inverted = async (skew: string) =>
      clock(await clocksOf(troubled, "--skew", skew), "hybrid-logical").inverted!.share!
    expect(await inverted("0ms")).toBe(0)
    expect(await inverted("2s")).toBeGreaterThan(0.02)
  })
})

describe("for SQL", () => {
  it("leaves what it found, once however often it is asked", async () => {
    await clocksOf(troubled)
    expect(
      await rows(
        `select clock, false_order, inverted, mean_bytes, largest_bytes, clock_events, sampled from clock_comparison
         where run_id = '${troubled}' order by clock collate "C"`,
      ),
    ).toEqual(
      found.clocks.map(({ clock, falseOrder, inverted, bytes }) => ({
        ...{ clock, false_order: falseOrder.share, inverted: inverted!.share },
        ...{
          mean_bytes: bytes.mean,
          largest_bytes: bytes.largest,
          clock_events: found.clockEvents,
          sampled: false,
        },
      })),
    )
  })

  it("leaves one answer where several ask at once", async () => {
    const skews = ["1ms", "50ms", "200ms", "900ms"]
    await Promise.all(skews.map((skew) => ask("clocks", troubled, "--skew", skew, "-q")))
    const rows = await store.sql<{ clock: string; skew_us: string }>(
      "select clock, skew_us from lightcone.clock_comparison where run_id = $1",
      [troubled],
    )
    expect(rows.map(({ clock }) => clock).sort()).toEqual(registry.map(({ name }) => name).sort())
    expect(new Set(rows.map(({ skew_us }) => skew_us)).size).toBe(1)
  })

  it("leaves every clock's stamp of every clock event", async () => {
    expect(
      await rows(
        `select s.clock, count(*), max(bytes) as largest from clock_stamps s where run_id = '${troubled}'
         group by 1 order by clock collate "C"`,
      ),
    ).toEqual(
      found.clocks.map(({ clock, bytes }) => ({ clock, count: found.clockEvents, largest: bytes.largest })),
    )
    expect(
      await rows(
        `select count(*) from clock_stamps s join events e using (run_id, machine, version)
         where s.clock = 'lamport' and s.stamp::integer <> e.lamport`,
      ),
    ).toEqual([{ count: 0 }])
  })

  it("and nothing of a run that is deleted", async () => {
    const run = await made("--duration", "2s")
    await clocksOf(run)
    await ask("rm", run)
    for (const table of ["clock_stamps", "clock_comparison"])
      expect(await rows(`select count(*) from ${table} where run_id = '${run}'`)).toEqual([{ count: 0 }])
  })
})

describe("of an imported log", () => {
  it("without times compares what it can, and says what it cannot", async () => {
    const file = join(folder, "timeless.jsonl")
    writeFileSync(file, timeless.map((event) => `${JSON.stringify(event)}\n`).join(""))
    const { run } = JSON.parse(await ask("import", file, "--json"))
    const document = await clocksOf(run)
    expect(document.clockEvents).toBe(6)
    expect(document.strays).toBe(1)
    expect(document.clocks.map(({ inverted }) => inverted)).toEqual(registry.map(() => null))
    // a before b's two receipts, b's three and c's two among themselves.
    expect(document.pairs.causal.compared).toBe(2 + 3 + 1)
    expect(document.pairs.concurrent.compared).toBe(15 - 6)
    expect(clock(document, "vector").falseOrder.share).toBe(0)
    const text = await ask("clocks", run)
    expect(text).toMatch(/^lamport .* no times /m)
    expect(text).toContain("does not tell the sends of 1 receipts")
  })
})

describe("what cannot be compared", () => {
  it.each([
    [
      ["--skew", "much"],
      'Cannot compare clocks: --skew must be a time with a unit, such as 10ms, up to 86400s, found "much"',
    ],
    [["--skew", "48h"], "--skew must be a time with a unit"],
    [
      ["--seed", "1.5"],
      'Cannot compare clocks: --seed must be a whole number from 0 to 9007199254740991, found "1.5"',
    ],
  ])("%j is refused", async (options, message) => {
    const done = await store.run(["clocks", troubled, ...options])
    expect(done.code).toBe(2)
    expect(done.stderr).toContain(message)
    expect(complaints(done)).not.toEqual([])
  })

  it("more machines than an event can have entries for are told", async () => {
    const run = await made("--machines", "1001", "--duration", "1s", "--equal-rates")
    const done = await store.run(["clocks", run])
    expect(done.code).toBe(2)
    expect(done.stderr).toContain(
      "the run must have from 1 to 1000 machines, as each event gets a vector of them; found 1001",
    )
  })
})
