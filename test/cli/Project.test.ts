/** Projections as commands keep them: current while a run is written, brought up before an answer, built anew. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import {
  complaints,
  lightcone,
  manyProcessesMs,
  type Scratch,
  scratchDatabase,
  start,
} from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const lively = ["run", "--rates", "40,60,80", "--sides", "4"]
/** So many ticks that projections are followed in a thread of their own. */
const busy = ["run", "--rates", "200,250,300", "--sides", "4"]

/** Events older than a second that a table does not have yet. */
const overdue = `
  select count(*)::int as late from lightcone.events e
  where kind in ('internal', 'sent', 'received') and occurred_at < clock_timestamp() - interval '1 second'
    and not exists (select from lightcone.clock_history c
      where c.run_id = e.run_id and c.machine = e.machine and c.version = e.version)`

/** Looks again and again while a run is written: how often, and how often nothing was overdue. */
const watched = async (url: string, over: () => boolean) => {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on("error", () => {})
  let [looks, good] = [0, 0]
  while (!over()) {
    // An answer that the store had no time for is no good one.
    const answer = await pool.query(overdue).catch(() => undefined)
    if (over()) break
    looks++
    if (answer?.rows[0].late === 0) good++
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await pool.end()
  return { looks, good }
}

/** A busy machine is late now and then; a fifth of all looks come before anything can be overdue. */
const expectMost = (good: number, looks: number): void => expect(good / looks).toBeGreaterThan(0.3)

describe("rows", () => {
  it.each([
    ["a run", lively],
    ["a busy run", busy],
  ])("of %s appear within a second of their event on a Postgres", async (_, words) => {
    const store = await scratchDatabase()
    const running = store.start([...words, "--duration", "4s"])
    let over = false
    void running.finished.then(() => {
      over = true
    })
    await running.says(/^[1-9]\d* events stored/m)
    const { looks, good } = await watched(store.url, () => over)
    expect((await running.finished).code).toBe(0)
    expect(looks).toBeGreaterThan(5)
    expectMost(good, looks)
    await store.drop()
  })

  it("appear within a second of their event in the embedded store", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "lightcone-within-"))
    const running = start(["run", "--rates", "4,5,6", "--sides", "4", "--duration", "5s"], { cwd })
    let over = false
    void running.finished.then(() => {
      over = true
    })
    await running.says(/^[1-9]\d* events stored/m)
    const url = (await lightcone(["db", "url"], { cwd })).stdout.trim()
    const { looks, good } = await watched(url, () => over)
    expect((await running.finished).code).toBe(0)
    expect(looks).toBeGreaterThan(2)
    expectMost(good, looks)
    rmSync(cwd, { recursive: true, force: true })
  })
})

describe("a run whose projections lag", () => {
  let store: Scratch
  const rowsOf = async () =>
    (await store.sql<{ n: number }>("select count(*)::int as n from lightcone.clock_history"))[0]!.n
  const due = async () =>
    (
      await store.sql<{ n: number }>(
        "select count(*)::int as n from lightcone.events where kind in ('internal', 'sent', 'received')",
      )
    )[0]!.n

  /** As if nobody had projected anything. */
  const forget = async () => {
    await store.sql("delete from lightcone.checkpoints")
    for (const { name } of await store.sql<{ name: string }>(
      "select projection || '_g' || generation as name from lightcone.projections",
    ))
      await store.sql(`truncate lightcone.${name}`)
  }

  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run([...lively, "--duration", "1s", "-q"])).code).toBe(0)
    await forget()
  })
  afterAll(() => store.drop())

  it("is brought up before sql answers", async () => {
    expect(await rowsOf()).toBe(0)
    const asked = await store.run(["sql", "select count(*) as n from clock_history", "--json"])
    expect(complaints(asked)).toEqual([])
    expect(JSON.parse(asked.stdout)).toEqual([{ n: await due() }])
  })

  it("is said to lag to who may not write", async () => {
    await forget()
    const reader = `reader_${Math.random().toString(36).slice(2, 10)}`
    await store.sql(`create role ${reader} login password 'known'`)
    await store.sql(`grant usage on schema lightcone to ${reader}`)
    await store.sql(`grant select on all tables in schema lightcone to ${reader}`)
    const url = new URL(store.url)
    url.username = reader
    url.password = "known"
    const asked = await store.run([
      "sql",
      "select count(*) as n from clock_history",
      "--json",
      "--database",
      url.href,
    ])
    expect(asked.code, asked.stderr).toBe(0)
    expect(JSON.parse(asked.stdout)).toEqual([{ n: 0 }])
    expect(complaints(asked)).toContainEqual(
      expect.stringMatching(/^clock_history of run \w{12} is as of position 0 of \d+$/),
    )
    await store.sql(`revoke select on lightcone.projections, lightcone.checkpoints from ${reader}`)
    const blind = await store.run([
      "sql",
      "select count(*) as n from events",
      "--json",
      "--database",
      url.href,
    ])
    expect(blind.code, blind.stderr).toBe(0)
    await store.sql(`drop owned by ${reader}`)
    await store.sql(`drop role ${reader}`)
  })

  it("is brought up by project --once, and by project until it is interrupted", async () => {
    await forget()
    const once = await store.run(["project", "--once", "--json"])
    expect(JSON.parse(once.stdout)).toEqual({ lagging: [] })
    expect(await rowsOf()).toBe(await due())
    await forget()
    const following = store.start(["project"])
    await following.says(/following until interrupted/)
    expect(await rowsOf()).toBe(await due())
    const ran = await store.run([...lively, "--duration", "1s", "-q"])
    expect(ran.code).toBe(0)
    following.signal("SIGINT")
    expect((await following.finished).code).toBe(130)
    expect(await rowsOf()).toBe(await due())
  })

  it("is brought up by a rebuild, of one projection or of all", async () => {
    await forget()
    const one = await store.run(["project", "--rebuild", "--only", "clock_history"])
    expect(one.stdout).toBe("rebuilt clock_history\n")
    expect(await rowsOf()).toBe(await due())
    const all = await store.run(["project", "--rebuild", "--json"])
    expect(JSON.parse(all.stdout)).toMatchObject({ failed: [] })
    expect(JSON.parse(all.stdout).rebuilt).toEqual(
      expect.arrayContaining(["machines", "messages", "queue_lengths", "clock_history", "predictions"]),
    )
  })

  it.each([
    [["--only", "messages"], /Cannot project: --only goes with --rebuild/],
    [
      ["--rebuild", "--only", "nope"],
      /Cannot project: --only must be one of clock_history, .*, found "nope"/,
    ],
  ])("project %j is refused", async (options, words) => {
    const refused = await store.run(["project", ...options])
    expect(refused.code).toBe(2)
    expect(complaints(refused).join()).toMatch(words)
  })
})

const traffic = `
import * as Projection from "${join(import.meta.dirname, "../../src/domain/projections/Projection.ts")}"
export const traffic = Projection.define({
  name: "traffic",
  version: 1,
  table: { columns: { machine: "integer", sends: "integer" }, key: ["machine"] },
  initial: (): Record<number, number> => ({}),
  apply: (state, event) => {
    if (event.kind !== "sent") return Projection.unchanged(state)
    state[event.machine] = (state[event.machine] ?? 0) + 1
    return { state, changes: [Projection.upsert({ machine: event.machine, sends: state[event.machine]! })] }
  },
})
`

describe("a lightcone.config.ts", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
  })
  afterAll(() => store.drop())

  const inDirectory = async <A>(
    files: Readonly<Record<string, string>>,
    work: (cwd: string) => Promise<A>,
  ) => {
    const cwd = mkdtempSync(join(tmpdir(), "lightcone config "))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
    try {
      return await work(cwd)
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  }

  it("adds projections, which runs keep and sql shows", () =>
    inDirectory(
      {
        "Traffic.ts": traffic,
        "lightcone.config.ts":
          'import { traffic } from "./Traffic.ts"\nexport default { projections: [traffic] }\n',
      },
      async (cwd) => {
        const ran = await store.run([...lively, "--duration", "1s", "-q", "--json"], { cwd })
        expect(ran.code, ran.stderr).toBe(0)
        // A machine has a row once it has sent.
        const sends = JSON.parse(ran.stdout)
          .machines.map((m: { machine: number; sent: number }) => ({ machine: m.machine, sends: m.sent }))
          .filter(({ sends }: { sends: number }) => sends > 0)
        const asked = await store.run(
          ["sql", "select machine, sends from traffic order by machine", "--json"],
          { cwd },
        )
        expect(JSON.parse(asked.stdout)).toEqual(sends)
        expect((await store.run(["sql"], { cwd })).stdout).toMatch(/^traffic +run_id, machine, sends$/m)
      },
    ))

  it.each([
    ["a run", lively],
    ["a busy run", busy],
  ])("adds one that fails: of %s it is told once, with its event, and the others go on", (_, words) =>
    inDirectory(
      {
        "Traffic.ts": traffic.replace(
          "if (event.kind",
          'if (event.version === 50) throw new Error("fifty is too many")\n    if (event.kind',
        ),
        "lightcone.config.ts":
          'import { traffic } from "./Traffic.ts"\nexport default { projections: [traffic] }\n',
      },
      async (cwd) => {
        const own = await scratchDatabase()
        const ran = await own.run([...words, "--duration", "3s", "-q", "--json"], { cwd })
        expect(ran.code, ran.stderr).toBe(0)
        const { run, events } = JSON.parse(ran.stdout)
        expect(
          ran.stderr.match(/projection traffic failed at event \d\/50, .*: fifty is too many/g),
        ).toHaveLength(1)
        const at = await own.sql<{ projection: string; position: number }>(
          `select projection, position from lightcone.checkpoints join lightcone.run_heads using (run_key) where run_id = $1`,
          [run],
        )
        for (const { projection, position } of at)
          if (projection === "traffic") expect(position).toBeLessThan(events)
          else expect({ projection, position }).toEqual({ projection, position: events })
        await own.drop()
      },
    ),
  )

  const config = (text: string) => ({ "Traffic.ts": traffic, "lightcone.config.ts": text })
  it.each([
    [
      "syntax",
      config("export default {\n  projections: ]\n}\n"),
      /Cannot use lightcone\.config\.ts:2: .*Unexpected token/,
    ],
    [
      "an import that leads nowhere",
      config('\nimport { traffic } from "./Trafic.ts"\nexport default { projections: [traffic] }\n'),
      /Cannot use lightcone\.config\.ts:2: Cannot find module '\.\/Trafic\.ts'/,
    ],
    [
      "something thrown while it is loaded",
      {
        ...config('import "./Throws.ts"\nexport default {}\n'),
        "Throws.ts": '\n\nthrow new Error("not today")\n',
      },
      /Cannot use Throws\.ts:3: not today/,
    ],
    [
      "a wrong declaration",
      {
        ...config('import { traffic } from "./Traffic.ts"\nexport default { projections: [traffic] }\n'),
        "Traffic.ts": traffic.replace('"integer", sends', '"whole number", sends'),
      },
      /Cannot use Traffic\.ts:3: of projection traffic column machine must be integer, .*found "whole number"/,
    ],
    [
      "a name that is taken",
      {
        ...config('import { traffic } from "./Traffic.ts"\nexport default { projections: [traffic] }\n'),
        "Traffic.ts": traffic.replace('name: "traffic"', 'name: "messages"'),
      },
      /Cannot use Traffic\.ts:3: a projection's name must be its own, found messages a second time/,
    ],
    [
      "no list",
      config("export default { projections: 3 }\n"),
      /lightcone\.config\.ts:1: projections must be a list, found 3/,
    ],
  ])("with %s is told with file and line", (_, files, words) =>
    inDirectory(files, async (cwd) => {
      const refused = await store.run(["sql", "select 1"], { cwd })
      expect(refused.code, refused.stdout).toBe(2)
      expect(refused.stderr).toMatch(words)
      expect(refused.stderr).not.toMatch(/^\s+at /m)
    }),
  )
})
