/** Runs that were requested, and the workers that carry them out, whatever becomes of these. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { inThisProcess, token } from "../http/Hosts.ts"
import { lightcone, manyProcessesMs, type Scratch, scratchDatabase, start } from "../support/Cli.ts"
import { startPostgres } from "../support/Postgres.ts"

let scratch: Scratch
beforeAll(async () => {
  scratch = await scratchDatabase()
  expect((await scratch.run(["migrate"])).code).toBe(0)
})
afterAll(() => scratch.drop())

/** Too many ticks to be carried out within the request. */
const large = { machines: 20, durationUs: 400_000_000, equalRates: true, rateRange: [6, 6] }
const real = { mode: "real", machines: 3, durationUs: 2_000_000 }

const request = async (settings: object, url = scratch.url): Promise<string> => {
  const host = inThisProcess(url)
  try {
    const init = {
      method: "POST",
      body: JSON.stringify(settings),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    }
    const response = await host.fetch("/runs", init)
    expect(response.status).toBe(202)
    return ((await response.json()) as { run: string }).run
  } finally {
    await host.close()
  }
}

const jsonLines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

const verified = async (run: string) => {
  const { code, stdout, stderr } = await scratch.run(["verify", run, "--json", "-q"])
  expect(code, stderr + stdout).toBe(0)
  return JSON.parse(stdout)
}

const events = async (run: string, kind: string) => {
  const { stdout } = await scratch.run(["events", run, "--machine", "0", "--json"])
  return stdout.split("\n").filter((line) => line.includes(`"kind":"${kind}"`)).length
}

describe("a run that was requested", () => {
  it("is there before anybody has taken it up, and every command says so", async () => {
    const run = await request(large)
    expect(await verified(run)).toMatchObject({ verified: null, upTo: 1, finished: false })
    const told = await scratch.run(["verify", run, "-q"])
    expect(told.code).toBe(0)
    expect(told.stdout).toContain(
      `run ${run}: nothing to check yet: the run was requested, and nobody has begun`,
    )
    const proving = await scratch.run(["replay", run, "--prove"])
    expect([proving.code, proving.stderr]).toEqual([2, expect.stringContaining("only requested")])
    for (const words of [
      ["show", run],
      ["events", run],
      ["replay", run],
      ["report", run, "--out", "r.html"],
      ["runs"],
    ])
      expect((await scratch.run([...words, "-q"])).code, words.join(" ")).toBe(0)
    expect((await scratch.run(["rm", run])).code).toBe(0)
  })

  it(
    "is carried out by work --once, virtual and real, and is the same as one made by run",
    async () => {
      const settings = { ...large, seed: 5 }
      const [virtual, live] = [await request(settings), await request(real)]
      const worked = await scratch.run(["work", "--once", "--json"])
      expect(worked.code, worked.stderr).toBe(0)
      const [first, second] = jsonLines(worked.stdout)
      expect(first).toMatchObject({ run: virtual, status: "finished", verified: true })
      expect(second).toMatchObject({ run: live, status: "finished", verified: true })
      for (const run of [virtual, live])
        expect(await verified(run)).toMatchObject({ verified: true, finished: true })
      const shown = JSON.parse((await scratch.run(["show", virtual, "--json"])).stdout)
      const words = [
        "--machines",
        "20",
        "--duration",
        "400s",
        "--equal-rates",
        "--rate-range",
        "6..6",
        "--seed",
        "5",
      ]
      const made = JSON.parse(
        (await scratch.run(["run", "--virtual", "--no-store", "--json", ...words])).stdout,
      )
      expect(shown.digest).toBe(made.digest)
      expect(first).toMatchObject({ digest: made.digest, events: shown.events })
      expect(shown.failure).toBeNull()
      expect((await scratch.run(["replay", virtual, "--prove", "-q"])).code).toBe(0)
      const copy = (await scratch.run(["export", live, "--format", "jsonl"])).stdout
      const imported = await scratch.run(["import", "-", "--json"], { input: copy })
      expect(imported.code, imported.stderr).toBe(0)
      const { run: copied } = JSON.parse(imported.stdout)
      expect((await verified(copied)).verified).toBe(true)
      const listed = JSON.parse((await scratch.run(["runs", "--json"])).stdout)
      expect(listed.find(({ run }: { run: string }) => run === copied)).toMatchObject({
        status: "finished",
        origin: { format: "lightcone", run: live },
      })
      expect((await scratch.run(["work", "--once", "--json"])).stdout).toBe("")
    },
    manyProcessesMs,
  )

  it(
    "is carried out once by two workers, one of which dies with it",
    async () => {
      const first = await request({ ...real, durationUs: 8_000_000 })
      const others = await Promise.all(
        Array.from({ length: 5 }, (_, i) => request(i % 2 === 0 ? real : large)),
      )
      const runs = [first, ...others]
      const dying = scratch.start(["work", "--poll", "50ms"], { timeoutMs: 200_000 })
      await dying.says(new RegExp(`carrying out run ${first}`))
      const begun = "select 1 from lightcone.run_heads where run_id = $1 and epoch = 2 and head > 5"
      while ((await scratch.sql(begun, [first])).length === 0);
      const living = scratch.start(["work", "--poll", "50ms"], { timeoutMs: 200_000 })
      await living.says(/carrying out run/)
      dying.signal("SIGKILL")
      for (let left = 1; left > 0; ) {
        const [row] = await scratch.sql<{ left: number }>(
          "select count(*)::int as left from lightcone.run_heads where request_open",
        )
        left = row!.left
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      living.signal("SIGTERM")
      expect((await living.finished).code).toBe(143)
      for (const run of runs) {
        expect(await verified(run)).toMatchObject({ verified: true, finished: true })
        expect(await events(run, "run-started")).toBe(1)
        expect(await events(run, "run-finished")).toBe(1)
      }
      const epochs = await scratch.sql<{ run: string; epoch: number }>(
        "select run_id as run, epoch from lightcone.run_heads where run_id = any($1)",
        [runs],
      )
      expect(epochs.find(({ run }) => run === first)!.epoch).toBeGreaterThan(2)
    },
    manyProcessesMs,
  )

  it(
    "is stopped when that is asked for, and can be resumed",
    async () => {
      const run = await request({ ...real, durationUs: 60_000_000 })
      const worker = scratch.start(["work", "--poll", "50ms"])
      await worker.says(/carrying out run/)
      const host = inThisProcess(scratch.url)
      const init = { method: "POST", headers: { authorization: `Bearer ${token}` } }
      const answer = (await (await host.fetch(`/runs/${run}/stop`, init)).json()) as { status: string }
      await host.close()
      expect(answer.status).toMatch(/^stopp(ing|ed)$/)
      for (let status = ""; status !== "interrupted"; )
        [{ status }] = (await scratch.sql<{ status: string }>(
          "select status from lightcone.runs where run_id = $1",
          [run],
        )) as [{ status: string }]
      worker.signal("SIGTERM")
      await worker.finished
      expect(await verified(run)).toMatchObject({ verified: true, finished: false })
      expect(await scratch.sql("select 1 from lightcone.run_heads where request_open")).toEqual([])
    },
    manyProcessesMs,
  )

  it("has its times from its start, however long it waited for its worker", async () => {
    const run = await request({ ...large, durationUs: 300_000_000 })
    await scratch.sql(
      "update lightcone.log l set occurred_at = occurred_at - 3600000000 from lightcone.run_heads h where h.run_key = l.run_key and h.run_id = $1",
      [run],
    )
    expect((await scratch.run(["work", "--once", "-q"])).code).toBe(0)
    const log = (await scratch.run(["export", run, "--format", "shiviz"])).stdout
    const seconds = [...log.matchAll(/\b(\d+\.\d{6})\b/g)].map(([, text]) => Number(text))
    expect(seconds.length).toBeGreaterThan(10_000)
    expect(Math.max(...seconds)).toBeLessThanOrEqual(300)
    const window = await scratch.run(["export", run, "--format", "log", "--to-time", "10s"])
    expect(window.stdout.split("\n").length).toBeGreaterThan(100)
    const paced = await scratch.run(["replay", run, "--until", "12", "--speed", "1000000"])
    expect(paced.code, paced.stderr).toBe(0)
    expect(paced.stdout).toMatch(/1 {2}-36\d\d\.\d{6}s .*\n +2 +\+0\.000000s/)
    await scratch.run(["rm", run])
  })

  it(
    "that cannot be carried out here is told, tried again later, and given up in the end",
    async () => {
      // So many links need more open files than this worker may have.
      const impossible = await request({ mode: "real", machines: 40, durationUs: 1_000_000 })
      const possible = await request({ ...real, durationUs: 500_000 })
      const once = (words: ReadonlyArray<string>) =>
        scratch.run(["work", "--once", ...words], { maxDescriptors: 90 })
      const worked = await once(["--json"])
      expect(worked.code, worked.stderr).toBe(1)
      const failure = expect.stringMatching(/^Cannot start 40 machines .* open files/)
      expect(jsonLines(worked.stdout)).toMatchObject([
        { run: impossible, status: "failed", events: 1, digest: null, verified: null, failure },
        { run: possible, status: "finished", verified: true },
      ])
      // Its turn has not come again.
      const idle = await once(["--json"])
      expect([idle.code, idle.stdout]).toEqual([0, ""])
      const find = async () =>
        JSON.parse((await scratch.run(["runs", "--json"])).stdout).find(
          ({ run }: { run: string }) => run === impossible,
        )
      expect(await find()).toMatchObject({
        status: "requested",
        failure: expect.stringMatching(/^attempt 1: Cannot start 40 machines/),
      })
      for (let attempt = 2; attempt <= 6; attempt++) {
        await scratch.sql("update lightcone.run_heads set request_due_at = null where request_open")
        const again = await once([])
        expect([again.code, again.stdout]).toEqual([
          1,
          expect.stringContaining(`run ${impossible} failed, 1 events: Cannot start`),
        ])
      }
      await scratch.sql("update lightcone.run_heads set request_due_at = null")
      expect((await once([])).stdout).toBe("")
      const reason = /given up after attempt 6: Cannot start 40 machines/
      expect((await find()).failure).toMatch(reason)
      expect((await scratch.run(["runs"])).stdout).toMatch(reason)
      expect((await scratch.run(["show", impossible])).stdout).toMatch(reason)
      const host = inThisProcess(scratch.url)
      const answers = await Promise.all(["/runs", `/runs/${impossible}`].map((path) => host.fetch(path)))
      for (const answer of answers) expect(await answer.text()).toMatch(reason)
      const judged = (await (await host.fetch(`/runs/${impossible}/verification`)).json()) as object
      expect(judged).toMatchObject({ verified: null, upTo: 1 })
      await host.close()
      // Where it can be carried out it still can be.
      expect((await scratch.run(["resume", impossible, "-q"])).code).toBe(0)
      expect(await find()).toMatchObject({ status: "finished", failure: null })
    },
    manyProcessesMs,
  )

  it(
    "that kills its workers is put behind the others",
    async () => {
      const [deadly, other] = [await request({ ...real, durationUs: 60_000_000 }), await request(real)]
      const leaseIsOut = () =>
        scratch.sql(
          "update lightcone.run_heads set lease_until = null, request_due_at = clock_timestamp() where run_id = $1",
          [deadly],
        )
      for (let life = 0; life < 2; life++) {
        const worker = scratch.start(["work"])
        await worker.says(new RegExp(`carrying out run ${deadly}`))
        worker.signal("SIGKILL")
        await worker.finished
        await leaseIsOut()
        if (life > 0) break
        const next = scratch.start(["work"])
        await next.says(new RegExp(`carrying out run ${other}`))
        await next.says(new RegExp(`carrying out run ${deadly}`))
        next.signal("SIGKILL")
        await next.finished
        await leaseIsOut()
      }
      const listed = (await scratch.run(["runs"])).stdout
      expect(listed).toMatch(new RegExp(`${deadly}.*attempt 3: it ended without a word: pid \\d+ on `))
      expect(await verified(other)).toMatchObject({ verified: true, finished: true })
      await scratch.run(["rm", deadly])
    },
    manyProcessesMs,
  )

  it(
    "waits for a worker whose store was away, which goes on when it is back",
    async () => {
      const server = await startPostgres({})
      try {
        const env = { LIGHTCONE_DATABASE_URL: server.url }
        expect((await lightcone(["migrate"], { env })).code).toBe(0)
        const worker = start(["work", "--poll", "50ms"], { env, timeoutMs: 120_000 })
        await worker.says(/waiting for requested runs/)
        await server.down()
        await worker.says(/Cannot look for requested runs: .*; trying again/)
        await server.up()
        const run = await request(real, server.url)
        await worker.says(new RegExp(`carrying out run ${run}`))
        worker.signal("SIGTERM")
        expect((await worker.finished).code).toBe(143)
      } finally {
        await server.stop()
      }
    },
    manyProcessesMs,
  )
})
