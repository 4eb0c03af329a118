/** Runs that were requested, and the workers that carry them out, whatever becomes of these. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { inThisProcess, token } from "../http/Hosts.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

let scratch: Scratch
beforeAll(async () => {
  scratch = await scratchDatabase()
  expect((await scratch.run(["migrate"])).code).toBe(0)
})
afterAll(() => scratch.drop())

/** Too many ticks to be carried out within the request. */
const large = { machines: 20, durationUs: 400_000_000, equalRates: true, rateRange: [6, 6] }
const real = { mode: "real", machines: 3, durationUs: 2_000_000 }

const request = async (settings: object): Promise<string> => {
  const host = inThisProcess(scratch.url)
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
    expect(await verified(run)).toMatchObject({ verified: true, upTo: 1, finished: false })
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
      expect(
        worked.stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ).toEqual([
        { run: virtual, status: "finished" },
        { run: live, status: "finished" },
      ])
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
      expect((await scratch.run(["replay", virtual, "--prove", "-q"])).code).toBe(0)
      const copy = (await scratch.run(["export", live, "--format", "jsonl"])).stdout
      const imported = await scratch.run(["import", "-", "--json"], { input: copy })
      expect(imported.code, imported.stderr).toBe(0)
      expect((await verified(JSON.parse(imported.stdout).run)).verified).toBe(true)
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
})
