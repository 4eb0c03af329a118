/**
 * The embedded store killed -9 with its whole process group, mid-write and mid-recovery: every process after a kill
 * must find all that was acknowledged, positions without a gap, no event doubled or changed.
 * Run: npx tsx scripts/torture-embedded.ts [kills] [seed]
 */
import { torture } from "../test/persistence/embedded/Torture.ts"

const kills = Number(process.argv[2] ?? 100)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000))

console.log(`seed ${seed}; again with: npx tsx scripts/torture-embedded.ts ${kills} ${seed}`)
const progress = (round: number, events: number): void => {
  if ((round + 1) % 10 === 0)
    console.log(`${round + 1} of ${kills} kills, ${events} acknowledged in the last`)
}
try {
  const outcome = await torture(kills, seed, progress)
  console.log(
    `${outcome.kills} kills hold: ${outcome.events} events in ${outcome.kills} runs, each once and as it was appended; ${outcome.unheard} batches were in unheard; ${outcome.killedBeforeOpen} processes were killed before they had opened the store`,
  )
} catch (cause) {
  console.error(
    `${(cause as Error).message}\nagain with: npx tsx scripts/torture-embedded.ts ${kills} ${seed}`,
  )
  process.exitCode = 1
}
