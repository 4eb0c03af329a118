import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { complaints, type Finished, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

/** A finished run that every test reads and none changes. */
let store: Scratch
let ran: Finished
let run: string

const done = (finished: Finished): string => {
  expect(finished.code, finished.stderr).toBe(0)
  expect(finished.madeStore).toBe(false)
  expect(finished.stdout).not.toContain("\x1b")
  return finished.stdout
}

const eventKeys = [
  "run",
  "position",
  "machine",
  "version",
  "kind",
  "occurredAt",
  "lamport",
  "queueLength",
  "payload",
]

/** An object of a document whose shape is what the test is about. */
type Json = Record<string, unknown> & { readonly position: number; readonly machine: number }

const eventsOf = (text: string): Array<Json> =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

beforeAll(async () => {
  store = await scratchDatabase()
  const check = await store.run(["migrate", "--check", "--json"])
  expect(check.code).toBe(1)
  expect(JSON.parse(check.stdout).pending).toContain("0001_event_log")
  expect(
    await store.sql("select 1 from information_schema.schemata where schema_name = 'lightcone'"),
  ).toEqual([])
  expect(done(await store.run(["migrate"]))).toMatch(/applied: 0001_event_log/)
  expect(done(await store.run(["migrate", "--check"]))).toMatch(/up to date/)
  const empty = await store.run(["runs", "--json"])
  expect(done(empty)).toBe("[]\n")
  expect(complaints(empty)[0]).toMatch(/no runs in 127\.0\.0\.1:\d+\/.*lightcone run/)
  ran = await store.run(["run", "--duration", "2s", "--rates", "20,30,40", "--seed", "7", "--json"])
  run = JSON.parse(ran.stdout).run
})
afterAll(() => store.drop())

describe("run", () => {
  it("--json prints one document of the documented shape, and names the store and the seed beside it", async () => {
    const document = JSON.parse(done(ran))
    expect(document).toMatchObject({
      run: expect.stringMatching(/^[a-z0-9]{12}$/),
      mode: "real",
      seed: 7,
      verified: true,
    })
    expect(document.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(document.machines.map((m: Json) => [m.machine, m.rate])).toEqual([
      [1, 20],
      [2, 30],
      [3, 40],
    ])
    for (const machine of document.machines) {
      const { ticks, internal, sent, received } = machine
      expect(ticks).toBe(internal + sent + received)
      expect(ticks + machine.missed).toBe(machine.rate * 2)
      for (const name of ["dropped", "lamport", "maxQueueLength"]) expect(machine[name]).toBeTypeOf("number")
    }
    expect(await store.sql("select 1 from lightcone.log")).toHaveLength(document.events)
    const [first, ...notices] = ran.stderr.trimEnd().split("\n")
    expect(first).toBe(`store: Postgres at ${new URL(store.url).host}${new URL(store.url).pathname}`)
    expect(notices[0]).toBe(
      `run ${run}, seed 7; again with: lightcone run --seed 7 --duration 2s --rates 20,30,40`,
    )
    for (const notice of notices.slice(1)) expect(notice).toMatch(/^\d+ events stored · /)
  })
})

describe("a finished run", () => {
  it("is listed by runs and told by show in the shape of run", async () => {
    const [row, ...others] = JSON.parse(done(await store.run(["runs", "--json"])))
    expect(others).toEqual([])
    const ranAs = JSON.parse(ran.stdout)
    expect(row).toMatchObject({
      run_id: run,
      status: "finished",
      mode: "real",
      seed: 7,
      machines: 3,
      events: ranAs.events,
    })
    expect(done(await store.run(["runs"]))).toMatch(new RegExp(`^run +status .*\\n${run} +finished +real`))
    const shown = JSON.parse(done(await store.run(["show", run.slice(0, 6), "--json"])))
    const { digest, machines, events, verified, config } = ranAs
    expect(shown).toMatchObject({ run, digest, machines, events, verified, config })
    const text = done(await store.run(["show", "latest"]))
    expect(text).toContain(digest)
    expect(text).toContain(`next: lightcone verify ${run}`)
  })

  it("is printed by events as NDJSON with the documented keys and gap-free positions", async () => {
    const all = eventsOf(done(await store.run(["events", run, "--json"])))
    expect(all.map(({ position }) => position)).toEqual(all.map((_, i) => i + 1))
    for (const event of all) {
      expect(Object.keys(event)).toEqual(eventKeys)
      expect(event.run).toBe(run)
      expect(event.occurredAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
      if (event.machine === 0) expect([event.lamport, event.queueLength]).toEqual([null, null])
    }
    expect(all[0]).toMatchObject({ machine: 0, version: 1, kind: "run-started", payload: { seed: 7 } })
    expect(all.at(-1)).toMatchObject({ machine: 0, kind: "run-finished" })
    const part = eventsOf(
      done(await store.run(["events", "latest", "--json", "--machine", "2", "--from", "10"])),
    )
    expect(part).toEqual(all.filter(({ machine, position }) => machine === 2 && position > 10))
    const text = done(await store.run(["events", run]))
      .trimEnd()
      .split("\n")
    expect(text).toHaveLength(all.length)
    for (const [i, line] of text.entries()) {
      const { position, machine, version, kind, occurredAt } = all[i]!
      expect(line.trim().split(/ +/).slice(0, 4)).toEqual([
        String(position),
        occurredAt,
        `${machine}/${version}`,
        kind,
      ])
    }
  })

  it("verifies, and what was counted is what independent SQL counts", async () => {
    expect(done(await store.run(["verify", run]))).toMatch(/log +holds.*verified: every invariant/s)
    const verdict = JSON.parse(done(await store.run(["verify", run, "--json"])))
    expect(verdict).toMatchObject({ run, verified: true, finished: true })
    for (const check of verdict.checks)
      expect(check).toMatchObject({ failures: [], checked: expect.any(Number) })
    const [counted] = await store.sql<Record<string, number>>(
      `
      with l as (select * from lightcone.events where run_id = $1),
      sends as (select machine, version, jsonb_array_elements(payload -> 'recipients')::int as recipient from l where kind = 'sent'),
      disposed as (select machine, (payload ->> 'sender')::int as sender, (payload ->> 'sendVersion')::int as version from l where kind in ('received', 'dropped')),
      boxes as (select jsonb_array_length(payload -> 'inbox') as n from l where kind = 'stopped'),
      schedules as (select (payload ->> 'rate')::int as rate, (payload ->> 'phaseUs')::int as phase from l where kind = 'started')
      select count(*)::int as events,
        (count(*) filter (where kind in ('internal', 'sent', 'received')))::int as "clockEvents",
        (count(*) filter (where kind in ('internal', 'sent', 'received')))::int as ticks,
        (count(*) filter (where kind = 'internal'))::int as internal,
        (count(*) filter (where kind = 'sent'))::int as sent,
        (count(*) filter (where kind = 'received'))::int as received,
        (count(*) filter (where kind = 'dropped'))::int as dropped,
        coalesce(sum((payload ->> 'count')::int) filter (where kind = 'missed'), 0)::int as missed,
        (count(*) filter (where kind in ('started', 'resumed')))::int as lives,
        (select count(*)::int from sends) as recipients,
        (select sum(n)::int from boxes) as "leftInInboxes",
        (select count(*)::int from sends s where not exists (select 1 from disposed d
           where d.sender = s.machine and d.version = s.version and d.machine = s.recipient))
          - (select sum(n)::int from boxes) as "inFlight",
        (select count(*)::int from schedules, generate_series(0, 200) k where phase + floor(k * 1e6 / rate) < 2000000) as due
      from l`,
      [run],
    )
    expect(verdict.counts).toEqual({ ...counted, machines: 3, duplicates: 0 })
    expect(counted?.due).toBe(180)
  })

  it("answers sql as a table, JSON, CSV and from standard input, and tells what there is to ask", async () => {
    const query =
      "select machine, rate, null as nothing, 'a,\"b\"' as text, true as yes from machines order by machine"
    expect(JSON.parse(done(await store.run(["sql", query, "--json"])))).toEqual(
      [20, 30, 40].map((rate, i) => ({ machine: i + 1, rate, nothing: null, text: 'a,"b"', yes: true })),
    )
    expect(done(await store.run(["sql", "-", "--csv"], { input: `${query};\n` }))).toMatch(
      /^machine,rate,nothing,text,yes\n1,20,,"a,""b""",t(rue)?\n2,30,/,
    )
    expect(done(await store.run(["sql", query]))).toMatch(/^machine +rate +nothing +text +yes\n +1 +20 /)
    expect(done(await store.run(["sql", "select 1 as x where false", "--json"]))).toBe("[]\n")
    const long = JSON.parse(
      done(
        await store.run([
          "sql",
          "select x, timestamptz 'epoch' as t from generate_series(1, 2500) x",
          "--json",
        ]),
      ),
    )
    expect(long.map((row: Json) => row.x)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1))
    expect(long[0].t).toBe("1970-01-01T00:00:00.000000Z")
    const names = done(await store.run(["sql"]))
    for (const name of ["runs", "machines", "events", "messages", "queue_lengths"])
      expect(names).toMatch(new RegExp(`\\n${name} +run_id`))
    expect(names).toMatch(/Examples:\n +lightcone sql "select/)
  })

  it("is read by a pipe that closes early without an error", async () => {
    const reading = store.start(["sql", "select repeat('x', 1000) from generate_series(1, 100000)", "--csv"])
    await reading.closeStdout()
    const closed = await reading.finished
    expect([closed.code, complaints(closed)]).toEqual([0, []])
    const events = store.start(["events", "latest", "--json"])
    await events.closeStdout()
    const other = await events.finished
    expect([other.code, complaints(other)]).toEqual([0, []])
  })
})

describe("-q", () => {
  it("leaves standard error empty when a command succeeds, whatever NO_COLOR says", async () => {
    const quiet = [
      ["runs"],
      ["show", "latest"],
      ["verify", "latest"],
      ["sql", "select 1"],
      ["migrate", "--check"],
    ]
    for (const [i, args] of quiet.entries()) {
      const finished = await store.run([...args, i % 2 === 0 ? "-q" : "--quiet"], { env: { NO_COLOR: "1" } })
      expect(done(finished)).not.toBe("")
      expect(finished.stderr).toBe("")
    }
  })
})

describe("a tampered record", () => {
  it("fails verification with exit code 1, naming the event; rm then removes the run alone", async () => {
    const text = await store.run(["run", "--duration", "500ms", "--rates", "20,30,40", "--quiet"])
    expect(text.stderr).toBe("")
    expect(done(text)).toMatch(
      /machine +rate +ticks[\s\S]*digest +[0-9a-f]{64}[\s\S]*verified: every invariant[\s\S]*next: lightcone report/,
    )
    const other = /^run ([a-z0-9]{12}), \d+ events$/m.exec(text.stdout)![1]!
    const [event] = await store.sql<Record<string, number>>(
      `update lightcone.log set lamport = lamport + 5 where run_key = (select run_key from lightcone.run_heads where run_id = $1)
       and machine = 3 and version = 7 returning position, lamport`,
      [other],
    )
    const told = await store.run(["verify", other])
    expect(told.code).toBe(1)
    expect(told.stdout).toMatch(/log +FAILS[\s\S]*3\/7[\s\S]*NOT verified/)
    expect(complaints(told)).toEqual([])
    const json = await store.run(["verify", "latest", "--json"])
    expect(json.code).toBe(1)
    const verdict = JSON.parse(json.stdout)
    const failures = verdict.checks.flatMap((check: Json) => check.failures)
    expect(verdict.verified).toBe(false)
    expect(failures[0]).toEqual({
      rule: expect.any(String),
      events: expect.arrayContaining(["3/7"]),
      message: expect.stringContaining(String(event?.lamport)),
    })

    expect(done(await store.run(["rm", other]))).toBe(`deleted ${other}\n`)
    expect((await store.run(["show", other])).code).toBe(2)
    expect(await store.sql("select distinct run_id from lightcone.events")).toEqual([{ run_id: run }])
    expect((await store.run(["verify", run, "-q"])).code).toBe(0)
  })
})
