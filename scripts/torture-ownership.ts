/**
 * Contests for a run on native Postgres, every other one through PgBouncer: two resumes started within 50 ms of each
 * other, a resume of a run whose owner lives, and an owner stopped (SIGSTOP) for longer than its lease of ten seconds.
 * Run: tsx scripts/torture-ownership.ts [races] [living owners] [sleeping owners] [seed] [planted bug]
 */
import { rmSync } from "node:fs"
import { startPgBouncer } from "../test/support/PgBouncer.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import { openArena } from "../test/torture/Arena.ts"
import { contests, type Result, tryContest } from "../test/torture/Ownership.ts"
import { plantedProgram } from "../test/torture/Planted.ts"

const counts = contests.map((_, i) => Number(process.argv[2 + i] ?? [50, 20, 20][i]))
const seed = Number(process.argv[5] ?? Math.floor(Math.random() * 1_000_000))
const bug = process.argv[6]
const workers = 4

const { program, folder } = bug === undefined ? await bundleProgram() : await plantedProgram(bug)
const server = await startPostgres()
const pooler = await startPgBouncer(server.url)
const arena = await openArena(program, server.url, [pooler.url])
const results: Array<Result> = []
try {
  console.log(`${counts.map((count, i) => `${count} of ${contests[i]}`).join(", ")}; seeds from ${seed}`)
  const due = contests.flatMap((contest, i) => Array.from({ length: counts[i]! }, () => contest))
  let next = 0
  const work = async (): Promise<void> => {
    while (next < due.length) {
      const at = next++
      const result = await tryContest(due[at]!, seed + at, arena)
      results.push(result)
      for (const complaint of result.complaints)
        console.log(`${result.contest}, seed ${result.seed}: ${complaint}`)
      if (results.length % 10 === 0) console.log(`  ${results.length} of ${due.length}`)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  for (const contest of contests) {
    const some = results.filter((result) => result.contest === contest)
    const held = some.filter(({ complaints }) => complaints.length === 0)
    const pooled = some.filter((result) => result.pooled)
    console.log(
      `${contest}: ${held.length} of ${some.length} with one owner at a time, ${pooled.length} of them through PgBouncer`,
    )
  }
} finally {
  await pooler.stop()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = results.every(({ complaints }) => complaints.length === 0) ? 0 : 1
