import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { toIso } from "../../src/domain/EventPayload.ts"
import * as Experiment from "../../src/domain/Experiment.ts"
import { complaints, eachAtOnce, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

interface Made {
  readonly number: number
  readonly run: string
}
interface State {
  readonly runs: ReadonlyArray<Made>
  readonly underWay: Made | null
  readonly abandoned: ReadonlyArray<Made>
}

let store: Scratch
let place: string
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "lightcone-experiment-"))
  store = await scratchDatabase()
  expect((await store.run(["migrate"])).code).toBe(0)
})
afterAll(async () => {
  await store.drop()
  rmSync(place, { recursive: true, force: true })
})

const stateOf = (directory: string): State =>
  JSON.parse(readFileSync(join(directory, "experiment.json"), "utf8"))

const numbers = (made: ReadonlyArray<Made>) => made.map(({ number }) => number)

describe("an experiment that is stopped again and again", () => {
  const words = () => ["experiment", "assignment", "--duration", "300ms", "--out", join(place, "stopped")]

  /** Waits until a run beyond `number` has events in the store, and nothing says that it is finished. */
  const underWay = async (number: number): Promise<Made> => {
    for (;;) {
      const { underWay } = existsSync(join(place, "stopped", "experiment.json"))
        ? stateOf(join(place, "stopped"))
        : { underWay: null }
      if (underWay !== null && underWay.number > number) {
        const rows = await store.sql("select 1 from lightcone.run_heads where run_id = $1 and head > 0", [
          underWay.run,
        ])
        if (rows.length > 0) return underWay
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  it("finishes without a repeated or a missing run, by SIGINT and by SIGKILL", async () => {
    const directory = join(place, "stopped")
    const plan = Experiment.presets.assignment
    const first = store.start(words())
    await first.says(/^run 4 of 15: /m)
    await underWay(4)
    first.signal("SIGINT")
    const interrupted = await first.finished
    expect(interrupted.code, interrupted.stderr).toBe(130)
    expect(interrupted.stdout).toBe("")
    expect(interrupted.stderr).toMatch(
      /^interrupted with \d+ of 15 runs made; go on with: lightcone experiment assignment --duration 300ms --out /m,
    )
    const afterSigint = stateOf(directory)
    expect(afterSigint.underWay).toBe(null)
    expect(existsSync(join(directory, "README.md"))).toBe(false)

    const second = store.start(words())
    const killed = await underWay(afterSigint.runs.length + 2)
    second.signal("SIGKILL")
    expect((await second.finished).code).toBe(null)
    const afterKill = stateOf(directory)
    expect(afterKill.runs.slice(0, afterSigint.runs.length)).toEqual(afterSigint.runs)
    expect(numbers(afterKill.runs)).toEqual(afterKill.runs.map((_, i) => i + 1))

    const third = await store.run([...words(), "--json"])
    expect(third.code, third.stderr).toBe(0)
    const done = JSON.parse(third.stdout)
    const last = stateOf(directory)
    expect(last.runs.slice(0, afterKill.runs.length)).toEqual(afterKill.runs)
    expect(numbers(last.runs)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1))
    expect(new Set(last.runs.map(({ run }) => run)).size).toBe(15)
    expect(last.underWay).toBe(null)
    expect(done.runs.map(({ number, run }: Made) => ({ number, run }))).toEqual(last.runs)

    const held = await store.sql<{ run_id: string; status: string; config: Record<string, unknown> }>(
      "select run_id, status, config from lightcone.runs",
    )
    const finished = held.filter(({ status }) => status === "finished")
    expect(finished.map(({ run_id }) => run_id).sort()).toEqual(last.runs.map(({ run }) => run).sort())
    const unfinished = held.filter(({ status }) => status !== "finished").map(({ run_id }) => run_id)
    expect(unfinished.sort()).toEqual(last.abandoned.map(({ run }) => run).sort())
    // What was killed had not been written down as finished; it is there once, counted or abandoned.
    expect([...last.runs, ...last.abandoned].filter(({ run }) => run === killed.run)).toHaveLength(1)

    const configs = new Map(held.map(({ run_id, config }) => [run_id, config]))
    for (const [i, { run }] of last.runs.entries()) {
      const setting = plan.settings[Math.floor(i / 5)] as Record<string, unknown>
      expect(configs.get(run), `run ${i + 1}`).toMatchObject({
        seed: plan.seeds[i % 5],
        machines: 3,
        durationUs: 300_000,
        rateRange: setting.rateRange ?? [1, 6],
        sides: setting.sides ?? 10,
        rates: null,
      })
    }
    expect(readdirSync(join(directory, "runs")).sort()).toEqual(last.runs.map(({ run }) => run).sort())
  })
})

const small = JSON.stringify({
  name: "small",
  repetitions: 2,
  base: { duration: "400ms", rates: [20, 30, 40] },
  settings: [{ name: 'plain | *bold* <b>, "quoted"' }, { name: "fewer sides", sides: 4 }],
})

describe("the directory of an experiment", () => {
  let directory: string
  let printed: {
    readonly directory: string
    readonly verified: boolean
    readonly settings: ReadonlyArray<{ readonly runs: ReadonlyArray<string> }>
    readonly runs: ReadonlyArray<Made & { readonly events: number; readonly seed: number }>
    readonly table: ReadonlyArray<Record<string, never>>
  }
  beforeAll(async () => {
    directory = join(place, "small")
    const made = await store.run(["experiment", "-", "--out", directory, "--json"], { input: small })
    expect(made.code, made.stderr).toBe(0)
    expect(complaints(made).filter((line) => !/^(experiment small: |run \d of 4: )/.test(line))).toEqual([])
    printed = JSON.parse(made.stdout)
  })
  const text = (name: string) => readFileSync(join(directory, name), "utf8")

  it("holds every file that its first page names, and no other", () => {
    const named = [...text("README.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
    expect(named).toContain("report.html")
    const there = readdirSync(directory).filter((name) => !name.startsWith(".") && name !== "README.md")
    expect(named.map((name) => name.split("/")[0]).sort()).toEqual(there.sort())
    expect(text("README.md")).toContain("All 4 runs verify")
    expect(text("README.md")).toContain(`lightcone experiment - --out ${directory}`)
    for (const { run, seed } of printed.runs) {
      expect(text("README.md")).toContain(`| ${run} | `)
      expect(text("README.md")).toContain(`lightcone run --seed ${seed} --duration 400ms --rates 20,30,40`)
    }
  })

  it("has a log for each machine of each run, a line an event, as the store has them", async () => {
    for (const { run } of printed.runs)
      for (const machine of [1, 2, 3]) {
        const events = await store.sql<{
          at: string
          version: number
          kind: string
          lamport: number
          queue_length: number
        }>(
          `select (extract(epoch from occurred_at) * 1000000)::bigint::text as at, version, kind, lamport, queue_length
           from lightcone.events where run_id = $1 and machine = $2 order by version`,
          [run, machine],
        )
        const [header, ...lines] = text(`runs/${run}/machine-${machine}.log`).trimEnd().split("\n")
        expect(header).toMatch(/^system time .* event .* kind .* queue .* clock .* what$/)
        expect(lines).toHaveLength(events.length)
        for (const [i, event] of events.entries()) {
          const [time, , address, kind, queue, clock] = lines[i]!.split(/\s+/)
          expect([time, address, kind, Number(queue), Number(clock)]).toEqual([
            toIso(Number(event.at)),
            `${machine}/${event.version}`,
            event.kind,
            event.queue_length,
            event.lamport,
          ])
        }
      }
  })

  it("has a table whose means are those of the store's own views", async () => {
    for (const [i, { runs }] of printed.settings.entries()) {
      const [expected] = await store.sql<Record<string, number>>(
        `with ticks as (
           select run_id, machine, position, kind, lamport, occurred_at, (payload ->> 'arrivedAt')::timestamptz as arrived_at,
             lamport - lag(lamport) over (partition by run_id, machine order by version) as jump,
             max(lamport) over (partition by run_id order by position) - lamport as behind
           from lightcone.events where run_id = any($1) and machine > 0),
         each as (
           select run_id, max(lamport) as clock, max(behind) filter (where kind in ('internal', 'sent', 'received')) as behind,
             max(jump) filter (where kind = 'received') as jump,
             avg(jump) filter (where kind = 'received') as mean_jump,
             avg(extract(epoch from occurred_at - arrived_at) * 1000) filter (where kind = 'received') as wait_ms
           from ticks group by run_id)
         select avg(clock)::float8 as clock, stddev_samp(clock)::float8 as clock_sd, avg(jump)::float8 as jump,
           avg(mean_jump)::float8 as "meanJump", avg(behind)::float8 as behind, avg(wait_ms)::float8 as wait from each`,
        [runs],
      )
      const row = printed.table.find(
        ({ setting, of }) => setting === i + 1 && of === "all",
      ) as unknown as Record<string, { mean: number; sd: number }>
      expect(row.clock!.mean).toBeCloseTo(expected!.clock!, 9)
      expect(row.clock!.sd).toBeCloseTo(expected!.clock_sd!, 9)
      expect(row.clockRate!.mean).toBeCloseTo(expected!.clock! / 0.4, 9)
      expect(row.largestJump!.mean).toBeCloseTo(expected!.jump!, 9)
      expect(row.meanJump!.mean).toBeCloseTo(expected!.meanJump!, 9)
      expect(row.largestBehind!.mean).toBeCloseTo(expected!.behind!, 9)
      expect(row.meanWaitMs!.mean).toBeCloseTo(expected!.wait!, 4)
    }
    expect(JSON.parse(text("table.json"))).toEqual(
      JSON.parse(JSON.stringify({ ...printed, directory: undefined })),
    )
  })

  it("says the same in CSV and in Markdown, whatever a setting is called", () => {
    const lines = text("table.csv").trimEnd().split("\n")
    expect(lines).toHaveLength(1 + printed.table.length)
    expect(lines[1]).toContain('"plain | *bold* <b>, ""quoted""",all,2,2')
    expect(text("runs.csv").trimEnd().split("\n")).toHaveLength(1 + 4 * 4)
    expect(text("table.md")).toContain('| plain \\| \\*bold\\* \\<b\\>, "quoted" | 2 | 2 |')
  })

  it("has a report with the experiment's tables and all its runs", () => {
    const report = text("report.html")
    expect(report).toContain("Experiment small")
    for (const { run } of printed.runs) expect(report).toContain(run)
    expect(report).not.toContain("<b>, ")
  })

  it("has a deleted run made again, tells of one that does not verify with exit code 1, and keeps the others", async () => {
    const [kept, gone, alsoKept, corrupted] = printed.runs.map(({ run }) => run)
    for (const table of ["log", "run_heads"])
      await store.sql(
        `delete from lightcone.${table} where run_key = (select run_key from lightcone.run_heads where run_id = $1)`,
        [gone],
      )
    await store.sql(
      `update lightcone.log set lamport = lamport + 1000 where machine = 1 and version = 3
         and run_key = (select run_key from lightcone.run_heads where run_id = $1)`,
      [corrupted],
    )
    const again = await store.run(["experiment", "-", "--out", directory], { input: small })
    expect(again.code, again.stderr).toBe(1)
    expect(again.stderr).toContain(`no longer in the store as finished runs, and made again: ${gone}`)
    expect(again.stderr).toContain("3 of 4 runs are there already")
    const verdict = `1 of 4 runs do NOT verify: ${corrupted}`
    expect(again.stdout).toContain(`${verdict}; see lightcone verify ${corrupted}`)
    expect(text("README.md")).toContain(verdict)
    const { runs } = stateOf(directory)
    const of = (number: number) => runs.find((made) => made.number === number)!.run
    expect([1, 3, 4].map(of)).toEqual([kept, alsoKept, corrupted])
    expect(of(2)).not.toBe(gone)
    expect(readdirSync(join(directory, "runs")).sort()).toEqual([1, 2, 3, 4].map(of).sort())
  })

  it("is worked on by one process at a time", async () => {
    const directory = join(place, "held")
    const words = ["experiment", "assignment", "--duration", "60s", "--out", directory]
    const first = store.start(words)
    await first.says(/results go to/)
    const second = await store.run(words)
    expect(second.code).toBe(2)
    expect(second.stderr).toContain(`Cannot use ${directory}: process ${first.pid} on `)
    first.signal("SIGTERM")
    expect((await first.finished).code).toBe(143)
  })
})

describe("an experiment that cannot be made", () => {
  it("is refused with exit code 2 and a reason, and makes neither a run nor a directory", async () => {
    const bad = join(place, "bad.yaml")
    writeFileSync(bad, "base:\n  sides: 1\n  sidez: 5\n")
    const before = await store.sql("select run_id from lightcone.run_heads order by 1")
    const done = await eachAtOnce(
      [
        ["experiment", bad, "--out", join(place, "nowhere")],
        ["experiment", "assignment", "--out", bad],
      ],
      (args) => store.run(args),
    )
    for (const { code, stdout, stderr } of done) {
      expect(code, stderr).toBe(2)
      expect(stdout).toBe("")
      expect(stderr).not.toMatch(/\n\s+at /)
    }
    expect(done[0]!.stderr).toContain("bad.yaml: ")
    expect(done[0]!.stderr).toContain(
      "\n  base.sides must be a whole number of sides from 3 to 1000000, found 1\n",
    )
    expect(done[0]!.stderr).toContain("base.sidez must not be there (did you mean sides?)")
    expect(done[1]!.stderr).toContain(`Cannot write ${bad}: there is a file of that name`)
    expect(existsSync(join(place, "nowhere"))).toBe(false)
    expect(await store.sql("select run_id from lightcone.run_heads order by 1")).toEqual(before)
  })
})

describe("a plan", () => {
  it("says what would be run and how long it takes, and touches neither store nor directory", async () => {
    const env = { LIGHTCONE_DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" }
    const [plain, asJson] = await eachAtOnce(
      [
        ["--out", join(place, "planned")],
        ["--json", "--duration", "10s"],
      ],
      (options) => store.run(["experiment", "assignment", "--plan", ...options], { env }),
    )
    expect(plain!.code, plain!.stderr).toBe(0)
    expect(plain!.stdout).toMatch(
      /15 runs of 60s, one after another in real time: about 15 min \d+ s; results/,
    )
    expect(plain!.stdout.match(/^ *\d+ {2}(rates|fewer) /gm)).toHaveLength(15)
    expect(existsSync(join(place, "planned"))).toBe(false)
    const { runs, estimatedSeconds, directory } = JSON.parse(asJson!.stdout)
    expect(runs).toHaveLength(15)
    expect(estimatedSeconds).toBeGreaterThanOrEqual(150)
    expect(estimatedSeconds).toBeLessThan(170)
    expect(directory).toBe("experiment-assignment")
  })
})
