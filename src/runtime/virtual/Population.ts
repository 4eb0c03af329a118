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
  const machines = rates.length - 1
  const pairs = () => ({ keys: new Int32Array(machines), values: new Int32Array(machines) })
  const [byPhase, byRate] = [pairs(), pairs()]
  const numbers = Int32Array.from(byPhase.values, (_, i) => i + 1)
  KeySort.sort({ keys: phasesUs.subarray(1), values: numbers }, machines, byPhase)
  const { values } = byPhase
  KeySort.sort({ keys: values.map((machine) => rates[machine]!), values }, machines, byRate)
  const slots = new Int32Array(machines + 1)
  for (let slot = 0; slot < machines; slot++) slots[byRate.values[slot]!] = slot
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
