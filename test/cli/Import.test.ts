/** `import` through the real command, on both stores: all of a log or nothing of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { filesOf } from "../interchange/import/Fixtures.ts"
import { type Finished, lightcone, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs })

let store: Scratch
let folder: string
beforeAll(async () => {
  store = await scratchDatabase()
  folder = mkdtempSync(join(tmpdir(), "lightcone-import-"))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await store.drop()
})

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const runs = async (): Promise<number> =>
  (await store.sql<{ n: number }>("select count(*)::int as n from lightcone.run_heads"))[0]!.n

const rows = async (): Promise<number> =>
  (await store.sql<{ n: number }>("select count(*)::int as n from lightcone.log"))[0]!.n

const parsed = ({ stdout }: Finished) => JSON.parse(stdout)

/** Told in one line, with exit code 2, and no row of it anywhere. */
const refused = async (args: ReadonlyArray<string>, message: RegExp, input?: string) => {
  const before = [await runs(), await rows()]
  const finished = await store.run(["import", ...args, "-q"], input === undefined ? {} : { input })
  expect(finished.stderr).toMatch(message)
  expect(finished.stderr.trim().split("\n")).toHaveLength(1)
  expect(finished.code).toBe(2)
  expect([await runs(), await rows()]).toEqual(before)
}

describe("three text files", () => {
  it("become a run that verify, sql and the projections know", async () => {
    const imported = await store.run(["import", ...filesOf("piped"), "--json", "-q"])
    expect(imported.code).toBe(0)
    const { run, events, machines, matches, notUnderstood } = parsed(imported)
    expect([events, machines, notUnderstood]).toEqual([85, 3, []])
    expect(matches.fits + matches["one-of-several"]).toBe(36)
    const verdict = await store.run(["verify", run, "--json", "-q"])
    expect(parsed(verdict)).toMatchObject({ verified: true, imported: true })
    const [row] = await store.sql<Record<string, unknown>>(
      `select status, mode, machines, events, origin ->> 'format' as format from lightcone.runs where run_id = '${run}'`,
    )
    expect(row).toEqual({ status: "finished", mode: "imported", machines: 3, events: 85, format: "text" })
    const messages = await store.sql<{ n: number }>(
      `select count(*)::int as n from lightcone.messages where run_id = '${run}' and received_at is not null`,
    )
    expect(messages[0]!.n).toBe(36)
  })

  it("with a fault are told by file and line, with exit code 1", async () => {
    const imported = await store.run(["import", ...filesOf("piped-coalesced"), "--json", "-q"])
    const verdict = await store.run(["verify", parsed(imported).run, "-q"])
    expect(verdict.code).toBe(1)
    expect(verdict.stdout).toMatch(/process_2\.log:12: .*two messages read as one/)
  })

  it("are shown and not stored by a dry run, with what is not understood", async () => {
    const odd = file("odd.log", `${readFileSync(filesOf("piped")[0]!, "utf8")}what is this?\n`)
    const before = await runs()
    const dry = await store.run(["import", odd, "--dry-run"])
    expect(dry.code).toBe(0)
    expect(dry.stdout).toMatch(/odd\.log:\d+ +1\/1 +/)
    expect(dry.stdout).toMatch(/not understood: .*odd\.log:\d+: what is this\?/)
    expect(dry.stdout).toContain("nothing was stored")
    expect(await runs()).toBe(before)
    const nowhere = await lightcone(["import", odd, "--dry-run", "--json"])
    expect(nowhere.madeStore).toBe(false)
    expect(parsed(nowhere).first).toHaveLength(10)
  })

  it("are read from standard input, and by maps", async () => {
    const text = "alpha SND 1 beta\nbeta RCV 2\nbeta LOC 3\n"
    const map = "(?<machine>\\w+) (?<kind>\\w+) (?<lamport>\\d+)(?: (?<to>\\w+))?"
    const imported = await store.run(["import", "-", "--map", map, "--json", "-q"], {
      input: text.replaceAll("SND", "send").replaceAll("RCV", "recv").replaceAll("LOC", "internal"),
    })
    expect(parsed(imported)).toMatchObject({
      events: 4,
      names: ["alpha", "beta"],
      sent: 1,
      received: 1,
      internal: 1,
    })
  })
})

describe("a run of ours", () => {
  it("goes out as JSON lines and comes back with the same digest, from store to store", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "lightcone-copy-"))
    const own = await lightcone(
      ["run", "--duration", "1s", "--rates", "20,30,40", "--sides", "3", "--json", "-q"],
      { cwd },
    )
    const { run, digest, events } = parsed(own)
    const out = await lightcone(["export", run, "--format", "jsonl", "-q"], { cwd })
    const copy = await store.run(["import", "-", "--json", "-q"], { input: out.stdout })
    expect(parsed(copy)).toMatchObject({ format: "lightcone", events })
    const shown = await store.run(["show", parsed(copy).run, "--json", "-q"])
    expect(parsed(shown)).toMatchObject({ digest, events, verified: true })
    const back = await store.run(["export", parsed(copy).run, "--format", "jsonl", "-q"])
    const again = await lightcone(["import", "-", "--json", "-q"], { cwd, input: back.stdout })
    const last = await lightcone(["show", parsed(again).run, "--json", "-q"], { cwd })
    expect(parsed(last)).toMatchObject({ digest, verified: true })
    const listed = parsed(await lightcone(["runs", "--json", "-q"], { cwd }))
    expect(listed.map(({ mode }: { mode: string }) => mode)).toEqual(["real", "real"])
    expect(listed[0].origin).toMatchObject({ format: "lightcone" })
    rmSync(cwd, { recursive: true, force: true })
  })
})

describe("what cannot be imported leaves nothing", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => `{"machine":"a","kind":"internal","lamport":${i + 1}}\n`).join("")

  it.each<readonly [string, () => ReadonlyArray<string>, RegExp]>([
    ["a file that is not there", () => ["gone.log"], /Cannot import gone\.log: there must be such a file/],
    ["a directory", () => [folder], /must be a file, found a directory/],
    ["an empty file", () => [file("empty.log", "")], /must hold a log, found an empty file/],
    [
      "a file twice",
      () => [file("a.jsonl", lines(1)), join(folder, "a.jsonl")],
      /each file must be given once/,
    ],
    [
      "files of two kinds",
      () => [file("b.jsonl", lines(3)), filesOf("piped")[0]!],
      /all files must be of one kind/,
    ],
    [
      "an unknown format",
      () => [file("c.jsonl", lines(1)), "--format", "xml"],
      /--format must be jsonl, csv/,
    ],
    [
      "a map without a kind",
      () => [file("d.jsonl", lines(1)), "--map", "lamport=lc"],
      /kind must be among them/,
    ],
    [
      "a file that fails far inside",
      () => [file("e.jsonl", `${lines(30_000)}{"machine":"a","kind"\n`)],
      /e\.jsonl: line 30001: every line must be one of jsonl/,
    ],
    [
      "a clock that no store holds",
      () => [file("f.jsonl", `${lines(5)}{"machine":"a","kind":"internal","lamport":99999999999}\n`)],
      /f\.jsonl: line 6: lamport must be a whole number from 0 to 2147483647/,
    ],
  ])("%s", async (_, args, message) => {
    await refused(args(), message)
  })

  it("nor does a process that is killed half-way, or interrupted", async () => {
    const long = file("long.jsonl", lines(400_000))
    for (const [signal, code] of [
      ["SIGKILL", null],
      ["SIGINT", 130],
    ] as const) {
      const before = [await runs(), await rows()]
      const importing = store.start(["import", long])
      await importing.says(/importing/)
      importing.signal(signal)
      expect((await importing.finished).code).toBe(code)
      expect([await runs(), await rows()]).toEqual(before)
    }
  })
})
