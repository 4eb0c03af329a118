import { readdirSync } from "node:fs"
import { availableParallelism, getPriority } from "node:os"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { manyProcessesMs, type Running, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let store: Scratch
beforeAll(async () => {
  store = await scratchDatabase()
})
afterAll(() => store.drop())

/** How much each thread of a process gives way, that of the process itself first. */
const prioritiesOf = ({ pid }: Running): ReadonlyArray<number> =>
  readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => a - b)
    .map(getPriority)

const underWay = async (shape: ReadonlyArray<string>, look: (running: Running) => unknown) => {
  const running = store.start(["run", ...shape, "--duration", "60s"])
  await running.says(/^[1-9]\d* events stored/m)
  try {
    await look(running)
  } finally {
    running.signal("SIGTERM")
    await running.finished
  }
}

it("the thread that ticks comes before all others of a busy run", () =>
  underWay(["--machines", "100", "--rate-range", "10..10"], (running) =>
    // The thread that follows the run may still be about to begin.
    vi.waitFor(
      () => {
        const [ticking, ...others] = prioritiesOf(running)
        expect(ticking).toBe(0)
        // V8 has some, and the thread that follows the run is the last.
        expect(others.length).toBeGreaterThan(2)
        // One processor has no such thread, as it would take as long from the ticks.
        if (availableParallelism() > 1) expect(Math.min(...others)).toBeGreaterThan(ticking!)
      },
      { timeout: 20_000 },
    ),
  ))

it("all threads of a calm run are as good as each other", () =>
  underWay(["--rates", "1,2,6"], (running) => {
    expect(new Set(prioritiesOf(running))).toEqual(new Set([0]))
  }))
