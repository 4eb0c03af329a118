/** Forks of random virtual runs hold what they promise, and what forks them wrongly is found out. */
import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as Divergence from "../../../src/domain/Divergence.ts"
import * as Fork from "../../../src/domain/Fork.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Engine from "../../../src/runtime/virtual/Engine.ts"
import * as ModelledLoop from "../../../src/runtime/virtual/ModelledLoop.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { type Asked, isComputed, problemOf, rollsAfterMiddle } from "./ForkCampaign.ts"
import { plantedEngines, plantedIn } from "./PlantedEngine.ts"

const ours: Asked = {
  engines: { ...Engine, modelled: ModelledLoop.make, turns: VirtualRun.turns },
  fork: Fork,
  divergence: Divergence,
}
const runs = 10
const mostRuns = 300

describe("a fork", () => {
  const first = Math.floor(Math.random() * 1_000_000_000)

  it(`shares its prefix, verifies, and loses nothing but the future of a message that it drops, seeds from ${first}`, () => {
    for (let seed = first; seed < first + runs; seed++)
      expect(problemOf(seed, ours), `seed ${seed}`).toBeUndefined()
  })

  it(`computes what follows: another seed makes another run, seeds from ${first}`, () => {
    let found = 0
    for (let seed = first; found < runs; seed++) {
      if (rollsAfterMiddle(seed, ours) < 50) continue
      found++
      expect(isComputed(seed, ours), `seed ${seed}`).toBe(true)
    }
  })

  it("has a partition cut the links that the run has, whatever its topology", () => {
    const config = { ...RunConfig.virtualDefaults, machines: 4, seed: 1, topology: "star" }
    const faults = ["partition 1,2|3,4 at 9s for 1s"]
    const forked = Fork.configOf(
      config,
      { position: 1, after: 0, atUs: 0 },
      { changes: {}, drops: [], faults },
    )
    const cuts = Either.getOrThrow(forked).faults!.flatMap((fault) => (fault.fault === "cut" ? [fault] : []))
    expect(cuts.map(({ from, to }) => `${from}->${to}`).sort()).toEqual(["1->3", "1->4", "3->1", "4->1"])
  })

  for (const name of plantedIn("forks"))
    it(`is found to be wrong where a bug was planted: ${name}, seeds from ${first}`, async () => {
      using copy = await plantedEngines("forks", name)
      let found: string | undefined
      let seed = first
      for (; found === undefined && seed < first + mostRuns; seed++) found = problemOf(seed, copy)
      console.log(`${name}: found after ${seed - first} runs: ${found}`)
      expect(found).toBeDefined()
    })
})
