/**
 * Stores a virtual run of many events in a native Postgres with the settings that Postgres comes with, verifies it from
 * its rows, kills another at 60 %, and goes on with that; says what each took. Exit code 1 if anything is not as it
 * should be. With a third word, "killed", only the one that is killed is stored, and its lease ended by hand.
 * Run: npx tsx scripts/virtual-store.ts [events] [seed] [killed]
 */
import { rmSync } from "node:fs"
import { startPostgres } from "../test/support/Postgres.ts"
import { bundleProgram } from "../test/support/Program.ts"
import { tryVirtualStore } from "../test/torture/VirtualStore.ts"

const events = Number(process.argv[2] ?? 20_000_000)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000))
const settings = { fsync: "on", full_page_writes: "on", shared_buffers: "128MB", max_wal_size: "1GB" }

console.log(`about ${events} events, seed ${seed}`)
const { folder, program } = await bundleProgram()
const server = await startPostgres({ settings })
try {
  const complaints = await tryVirtualStore({
    program,
    url: server.url,
    machines: Math.min(1_000, Math.max(3, Math.floor(events / 1_000))),
    events,
    seed,
    killedAt: 0.6,
    isBrief: process.argv[4] === "killed",
    say: console.log,
  })
  for (const complaint of complaints) console.error(complaint)
  process.exitCode = complaints.length === 0 ? 0 : 1
} finally {
  await server.stop()
  rmSync(folder, { recursive: true })
}
