/**
 * Random configurations of virtual runs, with faults, loss, second copies, unordered links, skew and small inboxes: each
 * is made, verified, replayed and made again; plain ones by both engines. Ends with 1 if any is wrong.
 * Run: tsx scripts/virtual-swarm.ts [count] [first seed]
 */
import process from "node:process"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as Engine from "../src/runtime/virtual/Engine.ts"
import * as ModelledLoop from "../src/runtime/virtual/ModelledLoop.ts"
import * as VirtualRun from "../src/runtime/virtual/VirtualRun.ts"
import { drawn } from "../test/runtime/virtual/DrawnFaults.ts"
import { examined } from "../test/runtime/virtual/Swarm.ts"

const count = Number(process.argv[2] ?? 1_000)
const first = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000_000))
const engines = { ...Engine, modelled: ModelledLoop.make, turns: VirtualRun.turns }

const begun = performance.now()
let [wrong, events, plain, faults] = [0, 0, 0, 0]
for (let seed = first; seed < first + count; seed++) {
  const config = drawn(seed)
  const told = examined(config, engines)
  events += told.events
  faults += config.faults?.length ?? 0
  if (RunConfig.isPlain(config)) plain++
  if (told.problem === undefined) continue
  wrong++
  console.log(`seed ${seed}: ${told.problem}\n  ${JSON.stringify(config)}`)
}
const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
console.log(
  `${count} runs from seed ${first}, ${plain} of them plain: ${events} events, ${faults} faults, ${wrong} runs wrong, ${seconds} s`,
)
process.exitCode = wrong === 0 ? 0 : 1
