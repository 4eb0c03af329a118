/**
 * Forks of random virtual runs: one with nothing changed has its parent's digest, one with something changed its prefix,
 * and a message that is dropped changes nothing outside its future. Ends with 1 if any is wrong.
 * Run: tsx scripts/forks.ts [count] [first seed]
 */
import process from "node:process"
import * as Divergence from "../src/domain/Divergence.ts"
import * as Fork from "../src/domain/Fork.ts"
import * as Engine from "../src/runtime/virtual/Engine.ts"
import * as ModelledLoop from "../src/runtime/virtual/ModelledLoop.ts"
import * as VirtualRun from "../src/runtime/virtual/VirtualRun.ts"
import { isComputed, problemOf, rollsAfterMiddle } from "../test/runtime/virtual/ForkCampaign.ts"

const count = Number(process.argv[2] ?? 100)
const first = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000_000))
const asked = {
  engines: { ...Engine, modelled: ModelledLoop.make, turns: VirtualRun.turns },
  fork: Fork,
  divergence: Divergence,
}

const begun = performance.now()
let [wrong, long, computed] = [0, 0, 0]
for (let seed = first; seed < first + count; seed++) {
  const problem = problemOf(seed, asked)
  if (problem !== undefined) {
    wrong++
    console.log(`seed ${seed}: ${problem}`)
  }
  if (rollsAfterMiddle(seed, asked) < 50) continue
  long++
  if (isComputed(seed, asked)) computed++
}
const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
console.log(
  `${count} runs from seed ${first}: ${wrong} wrong; of ${long} with many rolls after their middle another seed changed ${computed}; ${seconds} s`,
)
process.exitCode = wrong === 0 && computed === long ? 0 : 1
