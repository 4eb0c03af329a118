/**
 * The virtual engine: one deterministic loop over whole microseconds that makes the events of a run, in records and
 * without an object for any of them. docs/SPEC.md states its order of happenings; `Machine` remains the definition of
 * what a machine does, and a property test holds this loop to it, event for event.
 * Here is what is rare: the beginning, the end, full inboxes. Ticks.ts has the innermost loop.
 */

import * as Latency from "../../domain/Latency.ts"
import * as RunConfig from "../../domain/RunConfig.ts"
import * as Kind from "../../domain/records/Kind.ts"
import * as Agenda from "./Agenda.ts"
import * as InFlight from "./InFlight.ts"
import { Machine, Message } from "./Layout.ts"
import * as LinkLatencies from "./LinkLatencies.ts"
import * as Messages from "./Messages.ts"
import * as Population from "./Population.ts"
import * as Records from "./Records.ts"
import * as Ticks from "./Ticks.ts"

export interface EventLoop {
  /** The records of the next events, at most some thousands; none once the run is over. Valid until the next call. */
  readonly next: () => Uint8Array
  /** How far virtual time has come, microseconds. */
  readonly nowUs: () => number
}

const { two32, perTwo32 } = Records

export const make = (config: RunConfig.RunConfig): EventLoop => {
  const { machines, capacity, sides, durationUs, overflow } = config
  const latency = (config.latency ?? Latency.standard) as Latency.Plain
  const isConstant = latency.law === "constant"
  const rates = RunConfig.ratesOf(config)
  const phases = Agenda.phasesOf(config, rates)
  const slots = Population.slotsOf(rates, phases)
  const agenda = Agenda.make(durationUs, rates, phases, slots)
  const { words: machine32, doubles: machine64 } = Population.machinesOf(config, slots)
  /** First and last of the messages at the door of each slot's full inbox. */
  const doors = new Int32Array(overflow === "backpressure" ? 2 * machines : 0)
  const messages = new Messages.Messages()
  const records = new Records.Records(Ticks.blocksPerTurn)
  let phase: "starting" | "running" | "stopping" | "over" = "starting"
  let machineAt = 1

  /** Stamps of one machine, arrivals included, strictly rise. */
  const stamp = (slot: number, atUs: number): number => {
    const at = (slot << Machine.doublesShift) + Machine.lastUs
    const stamped = Math.max(atUs, machine64[at]! + 1)
    machine64[at] = stamped
    return stamped
  }
  const begin = (slot: number, kind: number, atUs: number): void => {
    const at = slot << Machine.shift
    const version = machine32[at + Machine.version]! + 1
    machine32[at + Machine.version] = version
    records.begin(
      machine32[at + Machine.number]!,
      version,
      kind,
      machine32[at + Machine.queueLength]!,
      atUs,
      machine32[at + Machine.lamport]!,
    )
  }

  /** Puts a message at the end of a queue: `queue[first]` is its oldest, the word after that its newest. */
  const enqueue = (queue: Int32Array, first: number, node: number): void => {
    messages.words[(node << Message.shift) + Message.following] = 0
    if (queue[first] === 0) queue[first] = node
    else messages.words[(queue[first + 1]! << Message.shift) + Message.following] = node
    queue[first + 1] = node
  }
  const dequeue = (queue: Int32Array, first: number): number => {
    const node = queue[first]!
    queue[first] = messages.words[(node << Message.shift) + Message.following]!
    return node
  }
  const stampArrival = (slot: number, node: number, atUs: number): void => {
    const earliestUs = messages.doubles[(node << Message.doublesShift) + Message.earliestUs]!
    const arrivedUs = stamp(slot, Math.max(atUs, earliestUs))
    const high = Math.floor(arrivedUs * perTwo32)
    const at = (node << Message.shift) + Message.arrived
    messages.words[at] = (arrivedUs - high * two32) | 0
    messages.words[at + 1] = high
  }
  const enter = (slot: number, node: number, atUs: number): void => {
    stampArrival(slot, node, atUs)
    const at = slot << Machine.shift
    enqueue(machine32, at + Machine.inboxFirst, node)
    machine32[at + Machine.queueLength]!++
  }
  const drop = (slot: number, node: number, kind: number, atUs: number): void => {
    begin(slot, kind, stamp(slot, atUs))
    records.delivery(messages.words, node)
    messages.words[(node << Message.shift) + Message.following] = messages.free
    messages.free = node
  }
  /** What becomes of a message that finds the inbox full. */
  const meetFullInbox = (slot: number, node: number, atUs: number): void => {
    if (overflow === "backpressure") enqueue(doors, 2 * slot, node)
    else if (overflow === "drop-newest") {
      stampArrival(slot, node, atUs)
      drop(slot, node, Kind.dropNewest, atUs)
    } else {
      const at = slot << Machine.shift
      machine32[at + Machine.queueLength]!--
      drop(slot, dequeue(machine32, at + Machine.inboxFirst), Kind.dropOldest, atUs)
      enter(slot, node, atUs)
    }
  }
  /** An inbox that was full has room. */
  const openDoor = (slot: number, atUs: number): void => {
    if (doors[2 * slot] !== 0) enter(slot, dequeue(doors, 2 * slot), atUs)
  }
  const state = new Ticks.RunState({
    capacity,
    sides,
    machine32,
    machine64,
    slotsDue: agenda.slots,
    offsetsUs: agenda.offsetsUs,
    baseUs: agenda.baseUs,
    messages,
    records,
    ring: new InFlight.Ring(),
    latencyUs: isConstant ? latency.us : 0,
    heap: InFlight.heap(),
    arrivalUs: isConstant ? undefined : LinkLatencies.make(config, latency),
    hasDoors: overflow === "backpressure",
    meetFullInbox,
    openDoor,
  })

  const start = (machine: number): void => {
    const slot = slots[machine]!
    begin(slot, Kind.started, stamp(slot, 0))
    const a = machine32[(slot << Machine.shift) + Machine.numberA]!
    const b = machine32[(slot << Machine.shift) + Machine.numberB]!
    records.detail(rates[machine]!, phases[machine]!, a === 0 ? 0 : a === b ? 1 : 2, a, a === b ? 0 : b)
  }
  const stop = (machine: number): void => {
    const slot = slots[machine]!
    const at = slot << Machine.shift
    begin(slot, Kind.finished, stamp(slot, durationUs))
    const listed = machine32[at + Machine.queueLength]!
    records.detail(listed)
    let node = machine32[at + Machine.inboxFirst]!
    for (let i = 0; i < listed; i++) {
      records.half(i % 2)
      records.delivery(messages.words, node)
      node = messages.words[(node << Message.shift) + Message.following]!
    }
  }
  const each = (put: (machine: number) => void, then: typeof phase): void => {
    while (records.end < Ticks.fullAt) {
      put(machineAt)
      if (++machineAt <= machines) continue
      machineAt = 1
      phase = then
      return
    }
  }
  /** Every tick in its turn, then what still arrives before the end. */
  const runOn = (): void => {
    while (records.end < Ticks.fullAt) {
      Ticks.reserve(state)
      if (state.made < agenda.count()) Ticks.run(state, agenda.count(), Number.NEGATIVE_INFINITY)
      else if (agenda.turn()) state.made = 0
      else {
        Ticks.run(state, state.made, durationUs - 1)
        if (records.end < Ticks.fullAt) phase = "stopping"
        return
      }
    }
  }
  return {
    nowUs: () => state.clock[0]!,
    next: () => {
      if (phase === "starting") each(start, "running")
      if (phase === "running") runOn()
      if (phase === "stopping") each(stop, "over")
      return records.take()
    },
  }
}
