/**
 * Delivery orders over random runs on unordered links: that each holds, how much is held back, and that a layer that is
 * switched off, or in which one comparison is broken, is found. Ends with 1 if any of it fails.
 * Run: tsx scripts/delivery-orders.ts [seeds] [first seed]
 */
import process from "node:process"
import { orders } from "../src/domain/DeliveryOrder.ts"
import * as VirtualRun from "../src/runtime/virtual/VirtualRun.ts"
import { brokenLayers, slow, switchedOff, told } from "../test/runtime/virtual/DeliveryOrders.ts"
import { plantedEngines } from "../test/runtime/virtual/PlantedEngine.ts"

const count = Number(process.argv[2] ?? 1_000)
const first = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000_000))
const leastWithHeld = 0.9
/** How many seeds a broken layer is asked. */
const mostPerBroken = Math.min(count, 100)

const share = (part: number, of: number): string => `${part} of ${of} (${((100 * part) / of).toFixed(1)} %)`
let isWrong = false
const begun = performance.now()
console.log(`${count} seeds from ${first}`)
for (const order of orders) {
  let [wrong, withHeld, received, held, longestUs, offFound] = [0, 0, 0, 0, 0, 0]
  for (let seed = first; seed < first + count; seed++) {
    const config = slow(seed, order)
    const found = told(config, VirtualRun.turns)
    received += found.received
    held += found.held
    longestUs = Math.max(longestUs, found.longestHeldUs)
    if (found.held > 0) withHeld++
    if (found.first !== undefined) {
      wrong++
      console.log(`${order}, seed ${seed}: ${found.first}`)
    }
    if (switchedOff(config, VirtualRun.turns).violations > 0) offFound++
  }
  console.log(
    `${order}: ${count - wrong} of ${count} runs hold; with a message held back ${share(withHeld, count)}; held back ${share(held, received)}, ${(longestUs / 1e6).toFixed(3)} s at most; switched off, found in ${share(offFound, count)}`,
  )
  if (wrong > 0 || withHeld < leastWithHeld * count || offFound === 0) isWrong = true
  for (const name of brokenLayers(order)) {
    using copy = await plantedEngines("delivery", name)
    let found = 0
    for (let seed = first; seed < first + mostPerBroken; seed++)
      if (told(slow(seed, order), copy.engines.turns).violations > 0) found++
    console.log(`  ${name}: found in ${share(found, mostPerBroken)}`)
    if (found === 0) isWrong = true
  }
}
console.log(
  `${isWrong ? "something is wrong" : "all is as it should be"}, ${((performance.now() - begun) / 1_000).toFixed(1)} s`,
)
process.exitCode = isWrong ? 1 : 0
