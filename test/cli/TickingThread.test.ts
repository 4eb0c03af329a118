import { readdirSync } from "node:fs"
import { availableParallelism, getPriority } from "node:os"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let store: Scratch
beforeAll(async () => {
  store = await scratchDatabase()
})
afterAll(() => store.drop())

/** How much each thread of a process gives way while the run is under way, that of the process itself first. */
const priorities = async (...shape: ReadonlyArray<string>): Promise<ReadonlyArray<number>> => {
  const running = store.start(["run", ...shape, "--duration", "60s"])
  await running.says(/^[1-9]\d* events stored/m)
  const threads = readdirSync(`/proc/${running.pid}/task`).map(Number)
  const found = threads.sort((a, b) => a - b).map(getPriority)
  running.signal("SIGTERM")
  await running.finished
  return found
}

it("the thread that ticks comes before all others of a busy run", async () => {
  const [ticking, ...others] = await priorities("--machines", "100", "--rate-range", "10..10")
  expect(ticking).toBe(0)
  // V8 has some, and the thread that follows the run is the last.
  expect(others.length).toBeGreaterThan(2)
  // One processor is shared by turns, and a thread that gave way there would never be heard of again.
  if (availableParallelism() > 1) expect(Math.min(...others)).toBeGreaterThan(ticking!)
})

it("all threads of a calm run are as good as each other", async () => {
  expect(new Set(await priorities("--rates", "1,2,6"))).toEqual(new Set([0]))
})
