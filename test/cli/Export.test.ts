import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { LabEvent, Recorded } from "../../src/domain/ClockEvent.ts"
import { toIso } from "../../src/domain/EventPayload.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Database from "../../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import { simulate } from "../domain/Simulator.ts"
import { asImported, eventful, eventfulLog } from "../interchange/export/Logs.ts"
import * as ShiViz from "../interchange/export/ShiViz.ts"
import {
  complaints,
  eachAtOnce,
  type Finished,
  manyProcessesMs,
  type Scratch,
  scratchDatabase,
} from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const formats = ["jsonl", "log", "csv", "shiviz", "otlp", "perfetto"]
const [own, foreign, long, empty] = ["ownrunownrun", "foreignrun12", "longrunlong1", "emptyempty12"]

const append = (url: string, run: string, events: ReadonlyArray<Recorded>) =>
  Effect.gen(function* () {
    const { db } = yield* Effect.flatMap(decodeDatabaseUrl(url), Database.open)
    const log = EventLogPostgres.make(db)
    const ownership = yield* log.create(run, "writer")
    const bare = events.map(({ position: _, ...event }) => event as LabEvent)
    for (let head = 0; head < bare.length; ) {
      const batch = bare.slice(head, head + Limits.maxEventsPerAppend)
      head = yield* log.append(ownership, head, `batch ${head}`, batch)
    }
    yield* log.release(ownership)
  }).pipe(Effect.scoped, Effect.runPromise)

/** Versions of an imported log have no gap. */
const renumbered = (log: ReadonlyArray<Recorded>): ReadonlyArray<Recorded> => {
  const versions = new Map<number, number>()
  const news = new Map<string, number>()
  return log.map((event, i) => {
    const version = (versions.get(event.machine) ?? 0) + 1
    versions.set(event.machine, version)
    news.set(`${event.machine}/${event.version}`, version)
    const placed = { ...event, version, position: i + 1 }
    if (placed.kind !== "received" || placed.payload.sendVersion === null) return placed
    const { sender, sendVersion } = placed.payload
    return { ...placed, payload: { ...placed.payload, sendVersion: news.get(`${sender}/${sendVersion}`)! } }
  })
}

const longLog = () =>
  simulate({ config: { machines: 3, seed: 5, rates: [150, 180, 200], durationUs: 100_000_000 } })

let store: Scratch
let cwd: string

beforeAll(async () => {
  store = await scratchDatabase()
  expect((await store.run(["migrate"])).code).toBe(0)
  await append(store.url, own, eventfulLog())
  await append(store.url, foreign, renumbered(asImported(eventfulLog(), [0, 3, 36, 127, 90, 4])))
  await append(store.url, long, longLog())
  await append(store.url, empty, [])
})
afterAll(() => store.drop())
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "lightcone-export-"))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const exported = (run: string, ...args: ReadonlyArray<string>): Promise<Finished> =>
  store.run(["export", run, ...args], { cwd })

const done = (finished: Finished): string => {
  expect(finished.code, finished.stderr).toBe(0)
  return finished.stdout
}

interface Line {
  readonly position: number
  readonly machine: number
  readonly kind: string
  readonly occurredAt: string
}

const linesOf = (text: string): ReadonlyArray<Line> =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

const list = (): ReadonlyArray<string> => readdirSync(cwd, { recursive: true, encoding: "utf8" }).sort()

describe("export", () => {
  it("as jsonl is what events --json prints, of runs of every sort and length", async () => {
    for (const run of [own, foreign, long]) {
      const text = done(await exported(run, "--format", "jsonl"))
      expect(text === done(await store.run(["events", run, "--json"])), run).toBe(true)
    }
  })

  it("writes the same into a file as to standard output, and says what and where", async () => {
    for (const run of [own, foreign])
      await eachAtOnce(formats, async (format) => {
        const text = done(await exported(run, "--format", format))
        const file = `${run}.${format}`
        const written = await exported(run, "--format", format, "--out", file)
        expect(done(written)).toMatch(new RegExp(`^wrote ${file}, \\d+ KB: \\d+ events of run ${run}\\n$`))
        expect(complaints(written).filter((line) => !line.startsWith("next: "))).toEqual([])
        expect(readFileSync(join(cwd, file), "utf8") === text, file).toBe(true)
      })
    expect(list()).toEqual([own, foreign].flatMap((run) => formats.map((f) => `${run}.${f}`)).sort())
  })

  it("puts logs and tables into a directory, a file a machine, which together hold what one file does", async () => {
    mkdirSync(join(cwd, "there"))
    for (const [format, out] of [
      ["log", "there"],
      ["csv", "new/"],
    ] as const) {
      expect(done(await exported(own, "--format", format, "--out", out))).toMatch(/^wrote 4 files in /)
      const files = readdirSync(join(cwd, out)).sort()
      expect(files).toEqual([1, 2, 3, 4].map((machine) => `machine-${machine}.${format}`))
      const whole = done(await exported(own, "--format", format))
        .trimEnd()
        .split("\n")
        .slice(1)
      const rows = files.flatMap((file) =>
        readFileSync(join(cwd, out, file), "utf8")
          .trimEnd()
          .split("\n")
          .slice(1),
      )
      const bare = format === "log" ? whole.map((row) => row.replace(/^\d +/, "")) : whole
      expect([...rows].sort()).toEqual([...bare].sort())
    }
    expect(done(await exported(foreign, "--format", "log", "--out", "named/"))).toMatch(/^wrote 4 files/)
    expect(readdirSync(join(cwd, "named")).sort()).toEqual(
      ["a_b_c", "__proto__", "constructor", "web_server"].map((name) => `machine-${name}.log`).sort(),
    )
  })

  it("holds the events of a window: of positions, of times from the start or of the calendar, of machines", async () => {
    const all = linesOf(done(await exported(own, "--format", "jsonl")))
    const startUs = Date.parse(all[0]!.occurredAt) * 1_000
    const iso = (us: number) => toIso(startUs + us)
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, (event: Line) => boolean]> = [
      [["--from", "20", "--to", "50"], ({ position }) => position > 20 && position <= 50],
      [["--machine", "3"], ({ machine }) => machine === 3],
      [["--machine", "3,1", "--from", "20"], ({ machine, position }) => position > 20 && machine % 2 === 1],
      [
        ["--from-time", "2s", "--to-time", "4500ms"],
        ({ occurredAt }) => occurredAt >= iso(2_000_000) && occurredAt <= iso(4_500_000),
      ],
      [
        ["--from-time", all[30]!.occurredAt, "--to-time", all[60]!.occurredAt, "--machine", "0,1,2,3,4"],
        ({ occurredAt }) => occurredAt >= all[30]!.occurredAt && occurredAt <= all[60]!.occurredAt,
      ],
      [
        ["--to-time", `${iso(3_000_000).slice(0, 19)}+00:00`],
        ({ occurredAt }) => occurredAt <= iso(3_000_000),
      ],
      [["--to", "999999999999"], () => true],
    ]
    const found = await eachAtOnce(cases, ([args]) => exported(own, "--format", "jsonl", ...args))
    for (const [i, [args, holds]] of cases.entries())
      expect(linesOf(done(found[i]!)), args.join(" ")).toEqual(all.filter(holds))
  })

  it("takes machines by the names that a log gave them", async () => {
    const text = done(await exported(foreign, "--format", "jsonl", "--machine", "constructor,web server"))
    expect(new Set(linesOf(text).map(({ machine }) => machine))).toEqual(new Set([1, 4]))
  })

  it("cuts vector clocks and flows to the window", async () => {
    const window = ["--from-time", "3s", "--to-time", "8s", "--machine", "2,3,4"]
    const events = linesOf(done(await exported(own, "--format", "jsonl", ...window)))
    const clock = events.filter(({ kind }) => ["internal", "sent", "received"].includes(kind))
    const shiviz = ShiViz.open(done(await exported(own, "--format", "shiviz", ...window)))
    expect(ShiViz.complaint(shiviz.events)).toBeUndefined()
    expect(shiviz.events).toHaveLength(clock.length)
    const { traceEvents } = JSON.parse(done(await exported(own, "--format", "perfetto", ...window)))
    const count = (ph: string) => traceEvents.filter((event: { ph: string }) => event.ph === ph).length
    expect(count("X")).toBe(clock.length)
    expect(count("s")).toBe(count("f"))
    expect(count("s")).toBeGreaterThan(0)
  })

  it("says up to where a run has come that is still being written", async () => {
    await store.sql(
      "update lightcone.run_heads set lease_until = clock_timestamp() + interval '1 hour' where run_id = $1",
      [own],
    )
    const growing = await exported(own, "--format", "csv", "--out", "a.csv")
    await store.sql("update lightcone.run_heads set lease_until = null where run_id = $1", [own])
    expect(done(growing)).toMatch(/^wrote a\.csv/)
    expect(growing.stderr).toMatch(/still being written: exported up to position \d+/)
  })

  it("to a pipe that is closed early ends without an error", async () => {
    for (const format of ["jsonl", "otlp"]) {
      const running = store.start(["export", long, "--format", format], { cwd })
      await running.closeStdout()
      const finished = await running.finished
      expect([finished.code, complaints(finished)]).toEqual([0, []])
    }
  })
})

describe("an export that cannot be done", () => {
  const bad: ReadonlyArray<readonly [args: ReadonlyArray<string>, ...told: ReadonlyArray<string>]> = [
    [[own], "--format", "jsonl, log, csv, shiviz, otlp or perfetto", "found none"],
    [[own, "--format", "xml"], "--format", 'found "xml"'],
    [["zzz", "--format", "csv", "--out", "a.csv"], '"zzz"', "looked in"],
    [[empty, "--format", "csv", "--out", "a.csv"], empty, "no event yet"],
    [[own, "--format", "csv", "--out", "missing/a.csv"], "missing/a.csv", "directory does not exist"],
    [[own, "--format", "csv", "--out", "missing/deep/"], "missing/deep/", "directory does not exist"],
    [[own, "--format", "csv", "--out", "taken/a.csv"], "taken/a.csv", "is a file"],
    [[own, "--format", "csv", "--out", "taken"], "taken", "there already", "--force"],
    [[own, "--format", "log", "--out", "logs"], "logs/machine-3.log", "there already", "--force"],
    [[own, "--format", "shiviz", "--out", "logs"], "logs", "shiviz is one file"],
    [[own, "--format", "otlp", "--out", "new/"], "new/", "otlp is one file"],
    [[own, "--format", "otlp", "--out", ""], "--out must name a file"],
    [[own, "--format", "csv", "--out", "/dev/null", "--force"], "/dev/null", "is no file"],
    [[own, "--format", "csv", "--from", "x"], "--from", "whole number", 'found "x"'],
    [[own, "--format", "csv", "--to", "-1"], "--to", "whole number", 'found "-1"'],
    [[own, "--format", "csv", "--from-time", "yesterday"], "--from-time", "10s", "ISO", 'found "yesterday"'],
    [[own, "--format", "csv", "--to-time", "2026-01-31T12:00:00"], "--to-time", "zone"],
    [[own, "--format", "csv", "--to-time", "2026-13-31T12:00:00Z"], "--to-time", "found"],
    [[own, "--format", "csv", "--machine", "5"], "machines 1 to 4", 'found "5"'],
    [[own, "--format", "csv", "--machine", "1,,2"], "--machine", "commas", 'found "1,,2"'],
    [[own, "--format", "csv", "--from", "100000"], "found none", "positions 2 to", "machines 1 to 4"],
    [[own, "--format", "csv", "--from", "5", "--to", "5", "--out", "new/"], "found none", "positions 2 to"],
    [[own, "--format", "jsonl", "--from-time", "1h", "--out", "a"], "found none", "from its start", "0s to"],
    [[own, "--format", "otlp", "--to-time", "99999999d", "--machine", "0"], "found none"],
  ]

  it("is refused with what must hold and what was found, and leaves nothing behind", async () => {
    mkdirSync(join(cwd, "logs"))
    writeFileSync(join(cwd, "logs", "machine-3.log"), "mine")
    writeFileSync(join(cwd, "taken"), "mine")
    const before = list()
    const all = await eachAtOnce(bad, ([args]) => exported(args[0]!, ...args.slice(1)))
    for (const [i, [args, ...told]] of bad.entries()) {
      const what = `${args.join(" ")}:\n${all[i]!.stderr}`
      expect(all[i]!.code, what).toBe(2)
      expect(all[i]!.stdout, what).toBe("")
      expect(complaints(all[i]!), what).toHaveLength(1)
      for (const words of told) expect(all[i]!.stderr, what).toContain(words)
    }
    expect(list()).toEqual(before)
    expect(readFileSync(join(cwd, "taken"), "utf8")).toBe("mine")
    expect(readFileSync(join(cwd, "logs", "machine-3.log"), "utf8")).toBe("mine")
    for (const [out, file] of [
      ["logs", "logs/machine-3.log"],
      ["taken", "taken"],
    ] as const) {
      done(await exported(own, "--format", "log", "--out", out, "--force"))
      expect(readFileSync(join(cwd, file), "utf8")).toMatch(/system time/)
    }
  })

  /** An export that waits for the store in the midst of its writing. */
  const held = async (out: string) => {
    const running = store.start(["export", long, "--format", "log", "--out", out], { cwd })
    await vi.waitFor(() => expect(list().some((name) => name.endsWith(".part"))).toBe(true), {
      timeout: 30_000,
      interval: 2,
    })
    const holder = await store.connect()
    await holder.query("begin")
    await holder.query("lock table lightcone.log in access exclusive mode")
    const release = async () => {
      await holder.query("rollback")
      await holder.end()
    }
    return { running, release }
  }

  it("for a signal ends with its exit code, and leaves neither file nor directory", async () => {
    for (const [signal, code, out] of [
      ["SIGINT", 130, "a.log"],
      ["SIGTERM", 143, "new/"],
    ] as const) {
      const { running, release } = await held(out)
      running.signal(signal)
      const finished = await running.finished
      await release()
      expect([finished.code, finished.stdout]).toEqual([code, ""])
      expect(list()).toEqual([])
    }
  })

  it("for the store's failure ends with exit code 3, and leaves nothing", async () => {
    const { running, release } = await held("new/")
    await store.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy (%'")
    const finished = await running.finished
    await release()
    expect([finished.code, finished.stdout]).toEqual([3, ""])
    expect(complaints(finished).at(-1)).toContain(`Cannot read run ${long}`)
    expect(existsSync(join(cwd, "new"))).toBe(false)
  })
})

describe("the embedded store", () => {
  it("is exported from as a native one is", async () => {
    const embedded = { cwd, env: { LIGHTCONE_DATABASE_URL: "" } }
    const args = ["run", "--duration", "500ms", "--rates", "20,30,40", "--quiet", "--json"]
    const { run } = JSON.parse(done(await store.run(args, embedded)))
    const text = done(await store.run(["export", run, "--format", "jsonl"], embedded))
    expect(text).toBe(done(await store.run(["events", run, "--json"], embedded)))
  })
})

it("the log of the tests has every kind of event", () => {
  expect(eventful.interruptions).toHaveLength(2)
  const kinds = new Set(eventfulLog().map(({ kind }) => kind))
  for (const kind of ["internal", "sent", "received", "started", "dropped", "stopped", "resumed"] as const)
    expect(kinds).toContain(kind)
})
