/** What every view shows of a run that came from elsewhere: names, labels, and nothing that its log does not say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { filesOf } from "../interchange/import/Fixtures.ts"
import { lightcone, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { inProcess, type Printed } from "../support/InProcess.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const eve = "<b>eve</b>\u001b[31m\u202e\nsecond line"
const label = '</script><img src=x onerror="alert(1)">\u001b[2J\nsecond line'
const at = (second: number) => `2025-01-01T00:00:0${second}.25Z`

/** A receipt of what nobody sent moves a clock; another has none, as nothing tells it. */
const hostile = [
  { machine: "alice", kind: "sent", lamport: 1, recipients: [eve], message: "m", occurredAt: at(0) },
  { machine: eve, kind: "received", lamport: 2, message: "m", label, queueLength: 3, occurredAt: at(1) },
  { machine: eve, kind: "received", lamport: 9, message: "lost", queueLength: 2, occurredAt: at(2) },
  { machine: eve, kind: "internal", lamport: 10, occurredAt: at(3) },
  { machine: "bob", kind: "received", message: "gone", occurredAt: at(4) },
  { machine: "bob", kind: "sent", recipients: [], message: "nobody", occurredAt: at(5) },
]
const clockless = [
  { machine: "x", kind: "received", occurredAt: at(0) },
  { machine: "x", kind: "internal", occurredAt: at(1) },
  { machine: "y", kind: "received" },
]
/** Columns as `everything` asks for them. */
const foundOfHostile = {
  runs: [["imported", 3, null, null, "jsonl"]],
  machines: [
    [eve, null, 3, 1, 0, 2, 10, 4],
    ["alice", null, 1, 0, 1, 0, 1, null],
    ["bob", null, 2, 0, 1, 1, null, null],
  ],
  events: [
    [0, "run-imported", null, null, null],
    [2, "sent", 1, null, null],
    [1, "received", 2, 3, label],
    [1, "received", 9, 2, null],
    [1, "internal", 10, null, null],
    [3, "received", null, null, null],
    [3, "sent", null, null, null],
  ],
  messages: [[2, 1, 1, null, 1, 2]],
  clock_history: [
    [1, 1, 2, 2],
    [1, 2, 9, 7],
    [1, 3, 10, 1],
    [2, 1, 1, 1],
    [3, 1, null, null],
    [3, 2, null, null],
  ],
  queue_lengths: [
    [1, 3],
    [1, 2],
  ],
  clock_drift: [
    [2, 1, 0],
    [1, 2, 0],
    [1, 9, 0],
    [1, 10, 0],
    [3, null, null],
    [3, null, null],
  ],
  predictions: null,
  before: [true, false],
}
/** Receipts that say what clock their messages carried, and the last of them a wrong one. */
const carrying = [
  { machine: "x", kind: "received", senderLamport: 4, lamport: 5, occurredAt: at(0) },
  { machine: "x", kind: "received", senderLamport: 2, lamport: 6, occurredAt: at(1) },
  { machine: "x", kind: "received", senderLamport: 7, lamport: 6, occurredAt: at(2) },
]
const made = { hostile, clockless, told: carrying }

let store: Scratch
let folder: string
const runs: Record<string, string> = {}

const linesOf = (events: ReadonlyArray<object>): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("")

beforeAll(async () => {
  store = await scratchDatabase()
  folder = mkdtempSync(join(tmpdir(), "lightcone-imported-"))
  for (const [name, events] of Object.entries(made))
    writeFileSync(join(folder, `${name}.jsonl`), linesOf(events))
  const fixed = ["piped", "piped-coalesced", "vector-bars", "records", "arrays", "minimal"]
  for (const [name, files] of [
    ...fixed.map((name) => [name, filesOf(name)] as const),
    ...Object.keys(made).map((name) => [name, [join(folder, `${name}.jsonl`)]] as const),
  ]) {
    const imported = await here("import", ...files, "--json")
    expect(imported.code, imported.stderr).toBe(0)
    runs[name] = JSON.parse(imported.stdout).run
  }
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await store.drop()
})

const here = (...words: ReadonlyArray<string>): Promise<Printed> =>
  inProcess([...words, "-q", "--database", store.url])

const command = (verb: string, name: string, ...more: ReadonlyArray<string>): Promise<Printed> =>
  here(verb, runs[name]!, ...more)

const told = async (...words: readonly [string, string, ...ReadonlyArray<string>]): Promise<string> => {
  const finished = await command(...words)
  expect(finished.code, finished.stderr).toBe(0)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may come through
  expect(finished.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/)
  return finished.stdout
}

const parsed = async (...words: readonly [string, string, ...ReadonlyArray<string>]) => {
  const finished = await command(...words, "--json")
  expect(finished.code, finished.stderr).toBe(0)
  return JSON.parse(finished.stdout)
}

/** One line on standard error, and the exit code. */
const refused = async (
  code: number,
  message: RegExp,
  ...words: readonly [string, string, ...Array<string>]
) => {
  const finished = await command(...words)
  expect(finished.stderr).toMatch(message)
  expect(finished.stderr.trim().split("\n")).toHaveLength(1)
  expect(finished.code).toBe(code)
}

describe("show", () => {
  it("says from which files the run came, with names, and why there is no prediction", async () => {
    const text = await told("show", "piped")
    expect(text).toMatch(/imported, from text: .*process_1\.log, .*process_3\.log/)
    expect(text).toContain("8 receipts fit more than one send")
    expect(text).toMatch(/machine +name +events/)
    expect(text).toMatch(/1 +process_1 /)
    expect(text).not.toMatch(/rate\b.*ticks|missed +clock|digest/)
    expect(text).toContain("the log does not say the machines' rates")
    expect(text).toContain("verified: all that this log can prove holds")
    expect(await parsed("show", "piped")).toMatchObject({
      ...{ mode: "imported", digest: null, config: null, prediction: null, seed: null },
      imported: { format: "text", names: ["process_1", "process_2", "process_3"] },
    })
  })

  it("counts no sorts of events where the log says none, and has no clock where there is none", async () => {
    const text = await told("show", "arrays")
    expect(text).toMatch(/machine +name +events +clock +max queue\n +1 +normal1_0_data +21 +37 +1\n/)
    expect(text).toMatch(/events +84; the log does not say what kind each was/)
    expect(text).not.toMatch(/^messages/m)
    const json = await parsed("show", "arrays")
    expect(json).toMatchObject({ lateness: null })
    expect(json.machines[0]).toMatchObject({ internal: null, largestJump: null, missed: null, ticks: 21 })
    const without = await told("show", "clockless")
    expect(without).toMatch(/machine +name +events +internal +sent +received\n +1 +x +2 +1 +0 +1\n/)
    expect(without).toContain("no clocks: ")
    expect(without).toContain("2 more received, of unknown sends")
  })
})

describe("verify", () => {
  it("says what cannot be proved, and what would prove it", async () => {
    const text = await told("verify", "arrays")
    expect(text).toMatch(/messages +cannot be proved +0/)
    expect(text).toMatch(/log\/clock +0 .* kind, what sort of event each was/)
    expect(await parsed("verify", "arrays")).toMatchObject({ imported: true, verified: true })
  })

  it("names file and line of what fails", async () => {
    const finished = await command("verify", "piped-coalesced")
    expect(finished.code).toBe(1)
    expect(finished.stdout).toMatch(/messages +FAILS/)
    expect(finished.stdout).toMatch(/fails at 2\/\d+: .*process_2\.log:12: .*two messages read as one/)
    expect(finished.stdout).toContain("NOT verified: what this log says cannot all be true")
    expect((await command("verify", "hostile")).stdout).toMatch(
      /^ {2}messages\S+ fails at 1\/2: .* second line with clock 8;/m,
    )
  })
})

describe("runs", () => {
  it("lists the mode and the files, and no time that the log has not", async () => {
    const finished = await here("runs")
    expect(finished.stdout).toMatch(/^run .* from$/m)
    expect(finished.stdout).toMatch(new RegExp(`${runs.minimal} +finished +imported .*run\\.jsonl`))
    expect(finished.stdout).toMatch(new RegExp(`${runs.arrays} +finished +imported +3 +85 +- `))
    const rows: ReadonlyArray<Record<string, unknown>> = JSON.parse((await here("runs", "--json")).stdout)
    expect(rows.find(({ run }) => run === runs.arrays)).toMatchObject({ started_at: null })
    expect(rows.find(({ run }) => run === runs.minimal)).toMatchObject({ started_at: expect.any(String) })
  })
})

describe("events", () => {
  it("has a line for each event, with names, labels and what is ours", async () => {
    const text = await told("events", "hostile")
    expect(text.trimEnd().split("\n")).toHaveLength(7)
    expect(text).toContain("\\x1b[2J second line")
    expect(text).toMatch(/received {20,}a message of nobody known$/m)
    expect(text).toMatch(/sent {20,}to nobody known$/m)
    expect(await told("events", "vector-bars")).toContain("L=~1")
    expect(await told("events", "arrays")).toMatch(/^ +2 {2}0\.238768 s +2\/1 /m)
    expect(await told("events", "clockless")).toMatch(/^ +\d {2}- +2\/1 +y +received/m)
  })
})

describe("why", () => {
  it("tells the chain with the name of each machine once, and where the event stands in its file", async () => {
    const text = await told("why", "minimal", "2/8")
    expect(text).toMatch(/^2\/8 \(beta, L = 11\) received 1\/10 \(alpha\)\n.*run\.jsonl:\d+\n/)
    expect(text.match(/beta/g)).toHaveLength(1)
    expect(await parsed("why", "minimal", "2/8")).toMatchObject({
      complete: true,
      event: { event: "2/8", name: "beta", lamport: 11, line: expect.any(Number) },
      setBy: { by: "message", message: { event: "1/10", lamport: 10 } },
    })
  })

  it("says that clocks are ours, and that a send is unknown", async () => {
    expect(await told("why", "vector-bars", "2/6")).toContain("this one is ours, derived from the messages")
    expect(await told("why", "records", "1/6")).toContain(
      "received a message whose send the log does not tell",
    )
  })

  it("says what the log does not tell", async () => {
    expect(await told("why", "hostile", "1/2")).toMatch(
      /the message \(whose clock must have been 8\) set it: max\(2, 8\) \+ 1 = 9/,
    )
    const carried = await told("why", "told", "1/1")
    expect(carried).toContain("the message (which carried 4) set it: max(0, 4) + 1 = 5")
    expect(await told("why", "told", "1/2")).toContain(
      "its own clock was ahead of the message (which carried 2)",
    )
    await refused(
      1,
      /must follow from what its log tells, and do not: it must be 8, found 6;/,
      "why",
      "told",
      "1/3",
    )
    expect((await parsed("why", "hostile", "1/2")).setBy).toEqual({ by: "message", own: 2, message: null })
    const text = await told("why", "hostile", "1/3")
    expect(text).toMatch(/its own step: L = 9 \+ 1/)
    expect(text).toContain("the chain is not told any further")
    expect(await parsed("why", "hostile", "1/3")).toMatchObject({
      chain: [],
      complete: false,
      lastJump: null,
    })
    await refused(2, /must have a clock, found none/, "why", "clockless", "1/1")
    await refused(2, /which of its events were sends and receipts/, "why", "arrays", "1/3")
  })
})

describe("relate", () => {
  it("tells paths and counterexamples with names, and keeps its JSON", async () => {
    const text = await told("relate", "minimal")
    expect(text).toMatch(/\d\/\d+ \(\w+, L = \d+\)/)
    const { a, b, counterexample } = await parsed("relate", "minimal")
    expect([counterexample, a.name, b.name]).toEqual([true, expect.any(String), expect.any(String)])
    expect(await told("relate", "hostile", "2/1", "1/3")).toMatch(
      /2\/1 \(alice, L = 1\) happened before 1\/3 \(<b>eve<\/b>\\x1b\[31m\\u202e second line, L = 10\)/,
    )
  })

  it("does not call events concurrent where the log does not say what was sent", async () => {
    await refused(2, /which of its events were sends and receipts/, "relate", "arrays")
    await refused(2, /which of its events were sends and receipts/, "relate", "arrays", "1/1", "2/2")
    expect(await told("relate", "arrays", "1/1", "1/2")).toContain("happened before")
    expect(await told("relate", "clockless", "1/1", "2/1")).toMatch(
      /as far as the log tells: between the two, the sends of 1 receipt are not known/,
    )
    expect(await told("relate", "clockless")).toContain("has no events with a clock")
  })
})

it("replay refuses an imported run and says what to use", async () => {
  await refused(2, /was imported.*seed, rates.*lightcone verify/, "replay", "minimal")
  await refused(2, /was imported/, "replay", "piped", "--step")
})

describe("the report", () => {
  const page = async (name: string): Promise<string> => {
    const file = join(folder, `${name}.html`)
    await told("report", name, "--out", file)
    return readFileSync(file, "utf8").replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, "")
  }

  it("says where the run came from, leaves out what the log does not say, and why", async () => {
    const html = await page("records")
    expect(html).toMatch(/Imported from text<\/h3>\s*<p><code>[^<]*log_ticks32\.log/)
    expect(html).toContain("The log does not say when messages arrived")
    expect(html).not.toContain('data-figure="latency"')
    expect(html).toContain("24 receipts have no arrow")
    expect(html).toMatch(/<td[^>]*>schedule\/due<\/td><td[^>]*>cannot be proved<\/td>/)
    expect(html).toContain("the rate of each machine")
    expect(html).not.toContain("null/null")
    expect(html).not.toMatch(/"name":"log_ticks32","rate":0/)
  })

  it("goes by the order of events where times are whole seconds", async () => {
    const html = await page("piped")
    expect(html).toContain(
      "Figures go by the order of events, because the log&#39;s times are whole seconds.",
    )
    const data = JSON.parse(
      /id="lightcone-data">(.*)<\/script>/.exec(readFileSync(join(folder, "piped.html"), "utf8"))![1]!,
    )
    const { axis, diagram } = data.runs[0]
    const { atUs, saidUs } = diagram.events
    expect(axis).toBe("order")
    expect(atUs).toEqual(atUs.map((_: number, i: number) => (i + 1) * 1e6))
    expect(saidUs.every((us: number) => us % 1e6 === 0)).toBe(true)
    for (const [k, send] of diagram.messages.send.entries())
      if (diagram.messages.end[k] >= 0) expect(diagram.messages.end[k]).toBeGreaterThan(send)
  })

  it("is not harmed by names, labels and files", async () => {
    const html = await page("hostile")
    for (const harm of ["<b>eve", "<img", "\u001b", "\u202e"]) expect(html).not.toContain(harm)
    expect(html).toContain("&lt;b&gt;eve&lt;/b&gt;\\u{1b}[31m\\u{202e}")
  })
})

/** All of a run in one answer, as a process for each question would take long. */
const everything = (run: string): string => {
  const rows = (columns: string, view: string, order: string) =>
    `(select json_agg(json_build_array(${columns}) order by ${order}) from ${view} where run_id = '${run}')`
  const happened = (...places: ReadonlyArray<number>) => `happened_before('${run}', ${places.join(", ")})`
  return `select json_build_object(
    'runs', ${rows("mode, machines, config, seed, origin ->> 'format'", "runs", "run_id")},
    'machines', ${rows("name, rate, ticks, internal, sent, received, lamport, max_queue_length", "machines", "machine")},
    'events', ${rows("machine, kind, lamport, queue_length, payload ->> 'label'", "events", "position")},
    'messages', ${rows("sender, send_version, recipient, arrived_at, received_version, received_lamport", "messages", "sender, send_version")},
    'clock_history', ${rows("machine, version, lamport, jump", "clock_history", "machine, version")},
    'queue_lengths', ${rows("machine, queue_length", "queue_lengths", "machine, at")},
    'clock_drift', ${rows("machine, lamport, behind", "clock_drift", "at")},
    'predictions', ${rows("machine", "predictions", "machine")},
    'before', json_build_array(${happened(2, 1, 1, 3)}, ${happened(2, 1, 3, 1)})
  ) as found`
}

describe.each(["Postgres", "the embedded store"])("SQL on %s", (kind) => {
  it("has rows of what the log says, null for what it does not, and none for what it cannot carry", async () => {
    const directory = mkdtempSync(join(tmpdir(), "lightcone-imported-store-"))
    const options = kind === "Postgres" ? { env: { LIGHTCONE_DATABASE_URL: store.url } } : { cwd: directory }
    try {
      const imported = await lightcone(["import", join(folder, "hostile.jsonl"), "--json", "-q"], options)
      const { run } = JSON.parse(imported.stdout)
      const asked = await lightcone(["sql", everything(run), "--json", "-q"], options)
      expect(asked.code, asked.stderr).toBe(0)
      expect(JSON.parse(asked.stdout)[0].found).toEqual(foundOfHostile)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
