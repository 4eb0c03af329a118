/**
 * Links under load cut by FIN, RST and silence, in mid-frame and between frames, noticed at either end or both,
 * a hundred times with each policy of full inboxes: nothing may be lost, doubled or out of order.
 * Run: tsx scripts/cut-links.ts [cuts] [seed]
 */
import { complaints, cutLinks } from "../test/support/LinkCutting.ts"

const cuts = Number(process.argv[2] ?? 100)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000))

for (const overflow of ["backpressure", "drop-newest", "drop-oldest"] as const) {
  const outcome = await cutLinks(overflow, cuts, seed)
  const { counts } = outcome.verdict
  const made = Object.values(outcome.cuts).reduce((sum, count) => sum + count, 0)
  console.log(`${overflow}, seed ${seed}: ${made} cuts`, outcome.cuts)
  console.log(
    `  ${counts.recipients} sent = ${counts.received} received + ${counts.dropped} dropped + ${counts.leftInInboxes} left in inboxes + ${counts.inFlight} in flight`,
  )
  const wrong = complaints(outcome)
  for (const complaint of wrong) console.log(`  ${complaint}`)
  if (wrong.length > 0) process.exitCode = 1
}
