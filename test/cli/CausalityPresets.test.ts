/** Every preset of an experiment, as it really runs, holds a counterexample that a walk of the graph confirms. */
import * as Either from "effect/Either"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import * as Experiment from "../../src/domain/Experiment.ts"
import * as RunCommand from "../../src/domain/RunCommand.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let store: Scratch
beforeAll(async () => {
  store = await scratchDatabase()
  expect((await store.run(["migrate"])).code).toBe(0)
})
afterAll(() => store.drop())

/** The first run of each setting of each preset, for two seconds; sweeps are many of one kind. */
const runs = Object.entries(Experiment.presets).flatMap(([preset, description]) => {
  if ("sweep" in description) return []
  const { settings, runs } = Either.getOrThrow(Experiment.plan(description, { durationUs: 2_000_000 }))
  return settings.map(({ name }, i) => {
    const { config } = runs.find(({ setting }) => setting === i)!
    return [preset, name, RunCommand.write(config).split(" ").slice(1)] as const
  })
})

it.concurrent.each(runs)("relate finds one in a run of %s, %s", async (_, __, words) => {
  const ran = await store.run([...words, "-q", "--json"])
  expect(ran.code, ran.stderr).toBe(0)
  const { run } = JSON.parse(ran.stdout)
  const events = (await store.run(["events", run, "--json"])).stdout.trimEnd().split("\n")
  const { happenedBefore } = causalGraph(events.map((text) => JSON.parse(text)))
  const { a, b, counterexample, relation } = JSON.parse((await store.run(["relate", run, "--json"])).stdout)
  expect({ counterexample, relation }).toEqual({ counterexample: true, relation: "concurrent" })
  expect([happenedBefore(a.event, b.event), happenedBefore(b.event, a.event)]).toEqual([false, false])
  expect(a.lamport).not.toBe(b.lamport)
})
