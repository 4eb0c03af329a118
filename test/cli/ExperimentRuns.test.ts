import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { read } from "../../src/cli/ExperimentDescription.ts"
import * as Directory from "../../src/cli/ExperimentDirectory.ts"
import * as Runs from "../../src/cli/ExperimentRuns.ts"
import type * as State from "../../src/cli/ExperimentState.ts"
import type { EventLogShape } from "../../src/domain/EventLog.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import { simulate } from "../domain/Simulator.ts"

const place = mkdtempSync(join(tmpdir(), "lightcone-experiment-"))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** A run as it is in a store: with its end, or cut short before it. */
const stored = (log: EventLogShape, run: string, whole: boolean) =>
  Effect.gen(function* () {
    const events = simulate({ config: { seed: 1, durationUs: 1_000_000 } })
    const ownership = yield* log.create(run, "test")
    yield* log.append(ownership, 0, "batch", whole ? events : events.slice(0, -1))
  })

/** What an experiment goes on from, when its directory says `found` and the store holds these runs. */
const takenUp = (
  name: string,
  found: Pick<State.State, "runs" | "underWay" | "abandoned">,
  held: Readonly<Record<string, "finished" | "cut short">>,
) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const { plan } = yield* read("assignment", {})
        const directory = yield* Directory.take(join(place, name))
        for (const { run } of found.runs) mkdirSync(join(directory.path, "runs", run), { recursive: true })
        const log = EventLogMemory.make()
        for (const [run, how] of Object.entries(held)) yield* stored(log, run, how === "finished")
        const begin: State.State = { format: 1, experiment: "assignment", settings: [], seeds: [], ...found }
        const state = yield* Runs.takeUp({ plan, directory, store: { log }, quiet: true }, begin)
        const written: State.State = JSON.parse(readFileSync(join(directory.path, "experiment.json"), "utf8"))
        expect(written).toEqual(state)
        return { state, missing: Runs.missing(plan, state).map(({ number }) => number), directory }
      }),
    ),
  )

const from = (first: number) => Array.from({ length: 16 - first }, (_, i) => first + i)

describe("an experiment that is taken up again", () => {
  it("counts a run that was finished although nobody came to write it down", async () => {
    const found = { runs: [{ number: 1, run: "one" }], underWay: { number: 2, run: "two" }, abandoned: [] }
    const { state, missing } = await takenUp("finished", found, { one: "finished", two: "finished" })
    expect(state).toMatchObject({ runs: [found.runs[0], found.underWay], underWay: null, abandoned: [] })
    expect(missing).toEqual(from(3))
  })

  it("abandons a run that was cut short, and makes its number again", async () => {
    const found = { runs: [{ number: 1, run: "one" }], underWay: { number: 2, run: "two" }, abandoned: [] }
    const { state, missing } = await takenUp("cut", found, { one: "finished", two: "cut short" })
    expect(state).toMatchObject({ runs: found.runs, underWay: null, abandoned: [found.underWay] })
    expect(missing).toEqual(from(2))
  })

  it("forgets a run whose name was written down and which was never made", async () => {
    const found = { runs: [], underWay: { number: 1, run: "one" }, abandoned: [] }
    const { state, missing } = await takenUp("never", found, {})
    expect(state).toMatchObject({ runs: [], underWay: null, abandoned: [] })
    expect(missing).toEqual(from(1))
  })

  it("makes again what the store has lost, whichever it is, and clears its logs away", async () => {
    const runs = ["one", "two", "three", "four"].map((run, i) => ({ number: i + 1, run }))
    const found = { runs, underWay: null, abandoned: [{ number: 9, run: "nine" }] }
    const { state, missing, directory } = await takenUp("lost", found, {
      one: "finished",
      three: "finished",
      four: "cut short",
    })
    expect(state).toMatchObject({ runs: [runs[0], runs[2]], abandoned: found.abandoned })
    expect(missing).toEqual([2, ...from(4)])
    const kept = runs.filter(({ run }) => existsSync(join(directory.path, "runs", run)))
    expect(kept).toEqual([runs[0], runs[2]])
  })
})
