/** Random virtual runs, whatever their network and faults, are right; and engines with a bug are found by them. */
import { describe, expect, it } from "vitest"
import * as Engine from "../../../src/runtime/virtual/Engine.ts"
import * as ModelledLoop from "../../../src/runtime/virtual/ModelledLoop.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { drawn } from "./DrawnFaults.ts"
import { plantedEngines, plantedIn } from "./PlantedEngine.ts"
import { type Engines, examined } from "./Swarm.ts"

const ours: Engines = { ...Engine, modelled: ModelledLoop.make, turns: VirtualRun.turns }
const runs = 200
/** Rare ones take longer to be found, seldom more than half of this. */
const mostRuns = 1_000

describe("the swarm", () => {
  const first = Math.floor(Math.random() * 1_000_000_000)

  it(`of ${runs} random runs verifies, seeds from ${first}`, () => {
    console.log(`the swarm: seeds from ${first}`)
    for (let seed = first; seed < first + runs; seed++) {
      const config = drawn(seed)
      const { problem } = examined(config, ours)
      expect(problem, `seed ${seed}: ${JSON.stringify(config)}`).toBeUndefined()
    }
  })

  for (const name of plantedIn("virtual"))
    it(`finds a bug that was planted: ${name}, seeds from ${first}`, async () => {
      using copy = await plantedEngines("virtual", name)
      let found: string | undefined
      let seed = first
      for (; found === undefined && seed < first + mostRuns; seed++)
        found = examined(drawn(seed), copy.engines).problem
      console.log(`${name}: found after ${seed - first} runs: ${found}`)
      expect(found).toBeDefined()
    })
})
