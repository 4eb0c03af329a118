/** Random runs with a workload hold to what it promises, whatever delays, cuts, pauses and crashes; planted bugs are found. */
import { describe, expect, it } from "vitest"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { drawn } from "./DrawnWorkload.ts"
import { plantedEngines, plantedIn } from "./PlantedEngine.ts"
import { examined } from "./WorkloadSwarm.ts"

const runs = 15
const mostRuns = 200

describe("workloads", () => {
  const first = Math.floor(Math.random() * 1_000_000_000)

  for (const workload of ["mutex", "snapshot"] as const)
    it(`${workload}: ${runs} random runs verify and replay, seeds from ${first}`, () => {
      const checked: Record<string, number> = {}
      for (let seed = first; seed < first + runs; seed++) {
        const config = drawn(workload, seed)
        const told = examined(config, VirtualRun.turns)
        expect(told.problem, `seed ${seed}: ${JSON.stringify(config)}`).toBeUndefined()
        for (const [rule, times] of Object.entries(told.checked)) checked[rule] = (checked[rule] ?? 0) + times
      }
      for (const [rule, times] of Object.entries(checked)) expect(times, rule).toBeGreaterThan(0)
    })

  for (const name of plantedIn("workload"))
    it(`find a bug that was planted, by what the protocol promises alone: ${name}, seeds from ${first}`, async () => {
      using copy = await plantedEngines("workload", name)
      const workload = name.startsWith("mutex") ? "mutex" : "snapshot"
      let found: string | undefined
      let seed = first
      for (; found === undefined && seed < first + mostRuns; seed++)
        found = examined(drawn(workload, seed), copy.engines.turns).ofInvariant
      console.log(`${name}: found after ${seed - first} runs: ${found}`)
      expect(found).toBeDefined()
    })

  for (const workload of ["mutex", "snapshot"] as const)
    it(`${workload}: found to be wrong where the network lets messages overtake`, async () => {
      using copy = await plantedEngines("virtual", "overtaking")
      let found: string | undefined
      for (let seed = first; found === undefined && seed < first + mostRuns; seed++)
        found = examined(drawn(workload, seed), copy.engines.turns).ofInvariant
      expect(found).toBeDefined()
    })
})
