/**
 * Runs that are killed, paused and cut off at random, and resumed: nothing that was acknowledged may be lost, nothing
 * doubled. Real processes, a real Postgres or the embedded store, an observer outside.
 * Run: npm run torture -- --rounds 200 [--store native|embedded] [--seed S] [--workers 3] [--planted NAME]
 */
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { bundleProgram } from "../test/support/Program.ts"
import { campaign, type StoreKind, summary } from "../test/torture/Campaign.ts"
import { plantedProgram } from "../test/torture/Planted.ts"
import type { Result } from "../test/torture/Round.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    store: { type: "string", default: "native" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    workers: { type: "string", default: "3" },
    planted: { type: "string" },
  },
})
/** Of one round's complaints; most have one cause. */
const mostTold = 5
const store = values.store as StoreKind
const [rounds, seed, workers] = [values.rounds, values.seed, values.workers].map(Number) as [
  number,
  number,
  number,
]
const again = (round: number) =>
  `npm run torture -- --rounds 1 --store ${store} --seed ${round}${values.planted === undefined ? "" : ` --planted ${values.planted}`}`

const { program, folder } =
  values.planted === undefined ? await bundleProgram() : await plantedProgram(values.planted)
try {
  const finished: Array<Result> = []
  // Ended early, it says what it has seen so far.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      for (const line of summary(finished)) console.log(line)
      process.exit(130)
    })
  console.log(`${rounds} rounds on the ${store} store, seeds from ${seed}`)
  const results = await campaign({
    program,
    store,
    rounds,
    seed,
    workers,
    untilFound: values.planted !== undefined,
    onRound: (result, done) => {
      finished.push(result)
      const { complaints } = result
      for (const complaint of complaints.slice(0, mostTold))
        console.log(`round ${done}, seed ${result.seed}: ${complaint}`)
      if (complaints.length > mostTold) console.log(`  and ${complaints.length - mostTold} more`)
      if (complaints.length > 0) console.log(`  again: ${again(result.seed)}`)
      if (done % 10 === 0) console.log(`  ${done} of ${rounds} rounds`)
    },
  })
  for (const line of summary(results)) console.log(line)
  const found = results.filter(({ complaints }) => complaints.length > 0).length
  if (values.planted !== undefined)
    console.log(
      found > 0 ? `${values.planted}: found after ${results.length} rounds` : `${values.planted}: NOT found`,
    )
  else console.log(found === 0 ? "all hold" : `${found} rounds do not hold`)
  process.exitCode = (values.planted === undefined) === (found === 0) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
