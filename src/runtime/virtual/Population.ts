/**
 * The machines of a run before their first event, laid out for the event loop. Machines of one rate stand side by
 * side by phase, so that ticks walk a few stretches of memory in order rather than jump about in it.
 */
import * as Random from "../../domain/Random.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import * as Columns from "../../domain/records/Columns.ts"
import * as Topology from "../../domain/Topology.ts"
import * as KeySort from "./KeySort.ts"
import { Machine } from "./Layout.ts"

/** The slot of each machine, entry 0 unused. */
export const slotsOf = (rates: Uint16Array, phasesUs: Int32Array): Int32Array => {
  const machines = Int32Array.from({ length: rates.length - 1 }, (_, i) => i + 1)
  const byPhase = KeySort.sorted({ keys: phasesUs.subarray(1), values: machines }).values
  const byRate = KeySort.sorted({ keys: Int32Array.from(byPhase, (m) => rates[m]!), values: byPhase }).values
  const slots = new Int32Array(rates.length)
  for (let slot = 0; slot < byRate.length; slot++) slots[byRate[slot]!] = slot
  return slots
}

export const machinesOf = ({ seed, machines }: RunConfig, slots: Int32Array): Columns.Columns => {
  const columns = Columns.make(machines * Machine.words)
  const { words, doubles } = columns
  const peers = Topology.twoCycles(seed, machines)
  for (let machine = 1; machine <= machines; machine++) {
    const rng = Random.stream(seed, Random.Purpose.roll, machine)
    const at = slots[machine]! << Machine.shift
    words[at + Machine.number] = machine
    words[at + Machine.rngA] = rng.a
    words[at + Machine.rngB] = rng.b
    words[at + Machine.rngC] = rng.c
    words[at + Machine.rngCounter] = rng.counter
    words[at + Machine.numberA] = peers.a[machine]!
    words[at + Machine.numberB] = peers.b[machine]!
    words[at + Machine.peerA] = slots[peers.a[machine]!]!
    words[at + Machine.peerB] = slots[peers.b[machine]!]!
    doubles[(slots[machine]! << Machine.doublesShift) + Machine.lastUs] = -1
  }
  return columns
}
