/** docs/SPEC.md is enough to tell what machines with a workload do: workload.py was written from it, in another language. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { pythonPath } from "../support/Python.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const program = fileURLToPath(new URL("workload.py", import.meta.url))

const told = (input: string) => {
  const { status, stdout, stderr } = spawnSync(pythonPath()!, [program], { input, encoding: "utf8" })
  return { status, stdout: stdout.trim(), stderr }
}

describe("machines with a workload, written in Python,", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  const slow = ["--virtual", "--latency", "1ms..900ms", "--sides", "5", "--fault", "crash 2 at 10s for 3s"]
  const runs = {
    "mutex, real": ["--workload", "mutex", "--rates", "40,60,80", "--sides", "4", "--duration", "2s"],
    "mutex, virtual": ["--workload", "mutex", "--machines", "6", ...slow],
    "snapshot, real": ["--workload", "snapshot", "--rates", "40,60,80", "--sides", "4", "--duration", "2s"],
    "snapshot, virtual": ["--workload", "snapshot", "--machines", "9", "--topology", "random:4", ...slow],
  }
  for (const [name, options] of Object.entries(runs))
    it(`do what those of a run do: ${name}`, async () => {
      const { code, stdout, stderr } = await store.run(["run", ...options, "--json", "-q"])
      expect(code, stderr).toBe(0)
      const { run } = JSON.parse(stdout)
      const { stdout: events } = await store.run(["events", run, "--json", "-q"])
      const clockEvents = events.match(/"kind":"(internal|sent|received)"/g)!.length
      expect(told(events)).toEqual({ status: 0, stdout: String(clockEvents), stderr: "" })
      const changed = events.replace(/,?"purpose":"(enter|record)"[^}]*/, "")
      expect(told(changed)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/must be .*(enter|record)/),
      })
    })
})
