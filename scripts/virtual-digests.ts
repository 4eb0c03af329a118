/**
 * The digests of random configurations in virtual time, one over all of them at the end: run it twice, on Node and on
 * Deno, and compare.
 * Run: tsx scripts/virtual-digests.ts [configurations] [seed]; deno run -A scripts/virtual-digests.ts ...
 */
import { createHash } from "node:crypto"
import process from "node:process"
import * as Engine from "../src/runtime/virtual/Engine.ts"
import { drawn } from "../test/runtime/virtual/DrawnConfig.ts"

const count = Number(process.argv[2] ?? 1_000)
const seed = Number(process.argv[3] ?? 1)

const all = createHash("sha256")
let blocks = 0
for (let i = 0; i < count; i++) {
  const hash = createHash("sha256")
  for (const records of Engine.recordsOf(drawn(seed + i))) {
    hash.update(records)
    blocks += records.length / 64
  }
  all.update(hash.digest())
}
console.log(`${count} configurations from seed ${seed}, ${blocks} blocks: ${all.digest("hex")}`)
