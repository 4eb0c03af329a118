/** docs/SPEC.md is enough to recompute a digest: digest.py was written from it, in another language. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { pythonPath } from "../support/Python.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const program = fileURLToPath(new URL("digest.py", import.meta.url))

describe("a digest written in Python", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  const runs = {
    real: ["--rates", "40,60,80", "--sides", "3", "--duration", "2s"],
    "real, with faults": [
      ...["--rates", "20,90,90", "--sides", "3", "--duration", "2s", "--capacity", "2"],
      ...[
        "--overflow",
        "drop-newest",
        "--fault",
        "crash 2 at 500ms for 300ms",
        "--fault",
        "cut 1-3 at 1s for 200ms",
      ],
    ],
    virtual: [
      "--virtual",
      "--machines",
      "12",
      "--sides",
      "3",
      "--capacity",
      "3",
      "--overflow",
      "drop-oldest",
    ],
    "virtual, a broadcast of many, each linked to all": [
      ...[
        "--virtual",
        "--machines",
        "20",
        "--sides",
        "4",
        "--topology",
        "complete",
        "--pattern",
        "broadcast",
      ],
    ],
    "real, mutual exclusion": [
      ...["--workload", "mutex", "--rates", "40,60,80", "--sides", "4", "--duration", "2s"],
    ],
    "virtual, snapshots by markers to many": [
      ...["--virtual", "--workload", "snapshot", "--topology", "complete", "--machines", "10"],
    ],
    "virtual, on a bad network with faults": [
      ...["--virtual", "--machines", "5", "--sides", "3", "--capacity", "2", "--links", "unordered"],
      ...["--latency", "exp:80ms", "--loss", "5%", "--duplication", "5%", "--skew", "1%"],
      ...["--fault", "crash 2 at 10s for 3s", "--fault", "partition 1,2|3,4,5 at 20s for 5s"],
    ],
    "virtual, in total order": [
      ...["--virtual", "--machines", "5", "--duration", "30s", "--links", "unordered"],
      ...["--latency", "exp:300ms", "--pattern", "broadcast", "--delivery", "total"],
    ],
  }
  for (const [name, options] of Object.entries(runs))
    it(`is that of a run: ${name}`, async () => {
      const made = await store.run(["run", ...options, "--json", "-q"])
      expect(made.code, made.stderr).toBe(0)
      const { run, digest } = JSON.parse(made.stdout)
      const { stdout: events } = await store.run(["events", run, "--json", "-q"])
      const again = (input: string) => {
        const { status, stdout, stderr } = spawnSync(pythonPath()!, [program], { input, encoding: "utf8" })
        expect(status, stderr).toBe(0)
        return stdout.trim()
      }
      expect(again(events)).toBe(digest)
      expect(again(events.replace(/"lamport":7,/, '"lamport":8,'))).not.toBe(digest)
    })
})
