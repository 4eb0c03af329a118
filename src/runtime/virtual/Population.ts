/**
 * The machines of a run before their first event, laid out for the event loop. Machines of one rate stand side by
 * side by phase, so that ticks walk a few stretches of memory in order rather than jump about in it.
 */
import * as Random from "../../domain/Random.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import * as Topology from "../../domain/Topology.ts"
import { Machine } from "./Layout.ts"

/** So that rate, phase and machine are one number that sorts as they do. */
const phases = 1_000_000
const machinesPerPhase = 0x10_0000

/** The slot of each machine, entry 0 unused. */
export const slotsOf = (rates: Uint16Array, phasesUs: Int32Array): Int32Array => {
  const order = new Float64Array(rates.length - 1)
  for (let machine = 1; machine < rates.length; machine++)
    order[machine - 1] = (rates[machine]! * phases + phasesUs[machine]!) * machinesPerPhase + machine
  const slots = new Int32Array(rates.length)
  for (const [slot, key] of order.sort().entries()) slots[key % machinesPerPhase] = slot
  return slots
}

export const machinesOf = ({ seed, machines }: RunConfig, slots: Int32Array): ArrayBuffer => {
  const buffer = new ArrayBuffer(machines * Machine.words * 4)
  const [words, doubles] = [new Int32Array(buffer), new Float64Array(buffer)]
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
  return buffer
}
