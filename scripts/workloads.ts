/**
 * Random virtual runs of each workload, with delays, cuts, pauses and crashes: each is made, verified and replayed. Ends
 * with 1 if any is wrong. With `planted`, by how many of the runs each bug of test/planted/workload is found instead, by
 * what the protocol promises alone. Run: tsx scripts/workloads.ts [count] [first seed] [planted]
 */
import process from "node:process"
import * as VirtualRun from "../src/runtime/virtual/VirtualRun.ts"
import { drawn } from "../test/runtime/virtual/DrawnWorkload.ts"
import { plantedEngines, plantedIn } from "../test/runtime/virtual/PlantedEngine.ts"
import { examined } from "../test/runtime/virtual/WorkloadSwarm.ts"

const count = Number(process.argv[2] ?? 1_000)
const first = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000_000))
const workloads = ["mutex", "snapshot"] as const
type Name = (typeof workloads)[number]

const holds = (workload: Name): void => {
  const begun = performance.now()
  const checked: Record<string, number> = {}
  let [wrong, events, faults] = [0, 0, 0]
  for (let seed = first; seed < first + count; seed++) {
    const config = drawn(workload, seed)
    const told = examined(config, VirtualRun.turns)
    events += told.events
    faults += config.faults?.length ?? 0
    for (const [rule, times] of Object.entries(told.checked)) checked[rule] = (checked[rule] ?? 0) + times
    if (told.problem === undefined) continue
    wrong++
    process.exitCode = 1
    console.log(`${workload}, seed ${seed}: ${told.problem}\n  ${JSON.stringify(config)}`)
  }
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  const clauses = Object.entries(checked).map(([rule, times]) => `${rule} ${times}`)
  console.log(
    `${workload}: ${count} runs from seed ${first}: ${events} events, ${faults} faults, ${wrong} runs wrong, ${seconds} s; checked ${clauses.join(", ")}`,
  )
}

const finds = async (name: string): Promise<void> => {
  using copy = await plantedEngines("workload", name)
  const workload = workloads.find((workload) => name.startsWith(workload))!
  const found: Record<string, number> = {}
  let runs = 0
  for (let seed = first; seed < first + count; seed++) {
    const clause = examined(drawn(workload, seed), copy.engines.turns).ofInvariant?.split(":")[0]
    if (clause === undefined) continue
    runs++
    found[clause] = (found[clause] ?? 0) + 1
  }
  if (runs === 0) process.exitCode = 1
  const clauses = Object.entries(found).map(([clause, times]) => `${clause} ${times}`)
  console.log(`${name}: found by ${runs} of ${count} runs from seed ${first}; first by ${clauses.join(", ")}`)
}

if (process.argv[4] === "planted") for (const name of plantedIn("workload")) await finds(name)
else for (const workload of workloads) holds(workload)
