/**
 * The virtual engine: one deterministic loop over whole microseconds that makes the events of a run, in records and
 * without an object for any of them. docs/SPEC.md states its order of happenings; `Machine` remains the definition of
 * what a machine does, and a property test holds this loop to it, event for event.
 *
 * A run of nothing but ticks and arrivals is some tens of nanoseconds an event, so `run` is one long function on
 * purpose: its arrays, positions and times stay in registers, no time is ever put on the heap, and nothing grows in it;
 * room is made before. What is rare, such as a full inbox, is outside.
 */
import { codes } from "../../domain/Digest.ts"
import * as Latency from "../../domain/Latency.ts"
import * as RunConfig from "../../domain/RunConfig.ts"
import * as Agenda from "./Agenda.ts"
import * as InFlight from "./InFlight.ts"
import { Machine, Message } from "./Layout.ts"
import * as LinkLatencies from "./LinkLatencies.ts"
import * as Messages from "./Messages.ts"
import * as Population from "./Population.ts"
import * as Records from "./Records.ts"

export interface EventLoop {
  /** The records of the next events, at most some thousands; none once the run is over. Valid until the next call. */
  readonly next: () => Uint8Array
  /** How far virtual time has come, microseconds. */
  readonly nowUs: () => number
}

const blocksPerTurn = 4_096
/** A tick or an arrival makes two records at most. */
const fullAt = (blocksPerTurn - 2) * Records.wordsPerBlock

const { two32, perTwo32 } = Records

export const make = (config: RunConfig.RunConfig): EventLoop => {
  const { machines, capacity, sides, durationUs, overflow } = config
  const latency = config.latency ?? Latency.standard
  const isConstant = latency.law === "constant"
  const latencyUs = isConstant ? latency.us : 0
  const rates = RunConfig.ratesOf(config)
  const phases = Agenda.phasesOf(config, rates)
  const slots = Population.slotsOf(rates, phases)
  const agenda = Agenda.make(durationUs, rates, phases, slots)
  const state = Population.machinesOf(config, slots)
  const [machine32, machine64] = [new Int32Array(state), new Float64Array(state)]
  /** First and last of the messages at the door of each slot's full inbox. */
  const doors = new Int32Array(overflow === "backpressure" ? 2 * machines : 0)
  const ring = InFlight.ring()
  const heap = InFlight.heap()
  const arrivalUs = isConstant ? undefined : LinkLatencies.make(config, latency)
  const messages = Messages.make()
  const records = Records.make(blocksPerTurn)
  let phase: "starting" | "running" | "stopping" | "over" = "starting"
  let machineAt = 1
  /** How many ticks of the agenda's window were made. */
  let made = 0
  /** A column of one: a number kept in a closure would be allocated anew at each change. */
  const clock = new Float64Array(1)

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
      drop(slot, node, codes.dropNewest, atUs)
    } else {
      const at = slot << Machine.shift
      machine32[at + Machine.queueLength]!--
      drop(slot, dequeue(machine32, at + Machine.inboxFirst), codes.dropOldest, atUs)
      enter(slot, node, atUs)
    }
  }
  /** An inbox that was full has room. */
  const openDoor = (slot: number, atUs: number): void => {
    if (doors[2 * slot] !== 0) enter(slot, dequeue(doors, 2 * slot), atUs)
  }
  const hasDoors = overflow === "backpressure"

  /** Ticks of the agenda's window, and what arrives before each, until enough is written or `deadlineUs` is reached. */
  const run = (ticks: number, deadlineUs: number): void => {
    messages.reserve(2 * blocksPerTurn)
    ring.reserve(2 * blocksPerTurn)
    const { words: out } = records
    const { words: message32, doubles: message64 } = messages
    const { nodes, times } = ring
    const { slots: slotsDue, offsetsUs } = agenda
    const mask = nodes.length - 1
    const baseUs = agenda.baseUs()
    let { end } = records
    let { free, fresh } = messages
    let { first, count } = ring
    let nextUs =
      arrivalUs !== undefined ? heap.nextUs() : count === 0 ? Number.POSITIVE_INFINITY : times[first]!
    let tick = made
    let atUs = 0

    for (; end < fullAt; tick++) {
      atUs = tick < ticks ? baseUs + offsetsUs[tick]! : deadlineUs
      while (nextUs <= atUs && end < fullAt) {
        let node = 0
        if (arrivalUs !== undefined) node = heap.pop()
        else {
          node = nodes[first]!
          first = (first + 1) & mask
          count--
        }
        const arrived = node << Message.shift
        const slot = message32[arrived + Message.following]!
        const at = slot << Machine.shift
        const queueLength = machine32[at + Machine.queueLength]!
        if (queueLength < capacity) {
          const lastAt = (slot << Machine.doublesShift) + Machine.lastUs
          const arrivedUs = Math.max(
            message64[(node << Message.doublesShift) + Message.earliestUs]!,
            machine64[lastAt]! + 1,
          )
          machine64[lastAt] = arrivedUs
          const high = Math.floor(arrivedUs * perTwo32)
          message32[arrived + Message.arrived] = (arrivedUs - high * two32) | 0
          message32[arrived + Message.arrived + 1] = high
          message32[arrived + Message.following] = 0
          if (queueLength === 0) machine32[at + Machine.inboxFirst] = node
          else message32[(machine32[at + Machine.inboxLast]! << Message.shift) + Message.following] = node
          machine32[at + Machine.inboxLast] = node
          machine32[at + Machine.queueLength] = queueLength + 1
        } else {
          records.end = end
          messages.free = free
          meetFullInbox(slot, node, nextUs)
          end = records.end
          free = messages.free
        }
        nextUs =
          arrivalUs !== undefined ? heap.nextUs() : count === 0 ? Number.POSITIVE_INFINITY : times[first]!
      }
      if (nextUs <= atUs || tick === ticks) break

      const slot = slotsDue[tick]!
      const at = slot << Machine.shift
      const version = machine32[at + Machine.version]! + 1
      machine32[at + Machine.version] = version
      const lastAt = (slot << Machine.doublesShift) + Machine.lastUs
      const stampedUs = Math.max(atUs, machine64[lastAt]! + 1)
      machine64[lastAt] = stampedUs
      const high = Math.floor(stampedUs * perTwo32)
      const low = (stampedUs - high * two32) | 0
      const number = machine32[at + Machine.number]!
      out[end] = number
      out[end + 1] = version
      out[end + 4] = low
      out[end + 5] = high
      out[end + 7] = 0
      const clock = machine32[at + Machine.lamport]!
      const taken = machine32[at + Machine.inboxFirst]!
      if (taken !== 0) {
        const from = taken << Message.shift
        const queueLength = machine32[at + Machine.queueLength]! - 1
        const carried = message32[from + Message.senderLamport]!
        const lamport = Math.max(carried, clock) + 1
        machine32[at + Machine.lamport] = lamport
        machine32[at + Machine.queueLength] = queueLength
        machine32[at + Machine.inboxFirst] = message32[from + Message.following]!
        out[end + 2] = codes.received
        out[end + 3] = queueLength
        out[end + 6] = lamport
        out[end + 8] = message32[from + Message.sender]!
        out[end + 9] = message32[from + Message.sendVersion]!
        out[end + 10] = carried
        out[end + 11] = 0
        out[end + 12] = message32[from + Message.sent]!
        out[end + 13] = message32[from + Message.sent + 1]!
        out[end + 14] = message32[from + Message.arrived]!
        out[end + 15] = message32[from + Message.arrived + 1]!
        end += Records.wordsPerBlock
        message32[from + Message.following] = free
        free = taken
        if (hasDoors && queueLength + 1 === capacity) openDoor(slot, atUs)
        continue
      }

      const lamport = clock + 1
      machine32[at + Machine.lamport] = lamport
      const b = machine32[at + Machine.rngB]!
      const c = machine32[at + Machine.rngC]!
      const counter = machine32[at + Machine.rngCounter]!
      const sum = (machine32[at + Machine.rngA]! + b + counter) | 0
      machine32[at + Machine.rngA] = b ^ (b >>> 9)
      machine32[at + Machine.rngB] = c + (c << 3)
      machine32[at + Machine.rngC] = ((c << 21) | (c >>> 11)) + sum
      machine32[at + Machine.rngCounter] = counter + 1
      /** One less than the roll, and a fraction: 0 is peer A, 1 peer B, 2 both. */
      const roll = (sum >>> 0) * sides * perTwo32
      const numberA = machine32[at + Machine.numberA]!
      const isSend = roll < 3 && numberA !== 0
      out[end + 2] = isSend ? codes.sent : codes.internal
      out[end + 3] = 0
      out[end + 6] = lamport
      out[end + 8] = 0
      out[end + 9] = 0
      out[end + 10] = 0
      out[end + 11] = 0
      out[end + 12] = 0
      out[end + 13] = 0
      out[end + 14] = 0
      out[end + 15] = 0
      if (isSend) {
        const numberB = machine32[at + Machine.numberB]!
        const hasTwo = numberA !== numberB
        const from = hasTwo && roll >= 1 && roll < 2 ? 1 : 0
        const to = hasTwo && roll >= 1 ? 1 : 0
        out[end + 8] = to - from + 1
        out[end + 9] = from === 0 ? numberA : numberB
        if (from < to) out[end + 10] = numberB
        for (let peer = from; peer <= to; peer++) {
          let node = free
          if (node !== 0) free = message32[(node << Message.shift) + Message.following]!
          else node = fresh++
          const into = node << Message.shift
          message32[into + Message.sender] = number
          message32[into + Message.sendVersion] = version
          message32[into + Message.senderLamport] = lamport
          message32[into + Message.following] = machine32[at + Machine.peerA + peer]!
          message32[into + Message.sent] = low
          message32[into + Message.sent + 1] = high
          let arrivesUs = atUs + latencyUs
          if (arrivalUs !== undefined) {
            arrivesUs = arrivalUs(number, peer, atUs)
            heap.push(node, arrivesUs)
            nextUs = heap.nextUs()
          } else {
            const last = (first + count++) & mask
            nodes[last] = node
            times[last] = arrivesUs
            if (count === 1) nextUs = arrivesUs
          }
          message64[(node << Message.doublesShift) + Message.earliestUs] = Math.max(arrivesUs, stampedUs + 1)
        }
      }
      end += Records.wordsPerBlock
    }
    clock[0] = Math.max(clock[0]!, atUs)
    made = tick
    records.end = end
    messages.free = free
    messages.fresh = fresh
    ring.first = first
    ring.count = count
  }

  const start = (machine: number): void => {
    const slot = slots[machine]!
    begin(slot, codes.started, stamp(slot, 0))
    const a = machine32[(slot << Machine.shift) + Machine.numberA]!
    const b = machine32[(slot << Machine.shift) + Machine.numberB]!
    records.detail(rates[machine]!, phases[machine]!, a === 0 ? 0 : a === b ? 1 : 2, a, a === b ? 0 : b)
  }
  const stop = (machine: number): void => {
    const slot = slots[machine]!
    const at = slot << Machine.shift
    begin(slot, codes.finished, stamp(slot, durationUs))
    records.detail(machine32[at + Machine.queueLength]!)
    let node = machine32[at + Machine.inboxFirst]!
    for (let i = 0; node !== 0; i++) {
      records.half(i % 2)
      records.delivery(messages.words, node)
      node = messages.words[(node << Message.shift) + Message.following]!
    }
  }
  const each = (put: (machine: number) => void, then: typeof phase): void => {
    while (records.end < fullAt) {
      put(machineAt)
      if (++machineAt <= machines) continue
      machineAt = 1
      phase = then
      return
    }
  }
  /** Every tick in its turn, then what still arrives before the end. */
  const runOn = (): void => {
    while (records.end < fullAt) {
      if (made < agenda.count()) run(agenda.count(), -1)
      else if (agenda.turn()) made = 0
      else {
        run(made, durationUs - 1)
        if (records.end < fullAt) phase = "stopping"
        return
      }
    }
  }
  return {
    nowUs: () => clock[0]!,
    next: () => {
      if (phase === "starting") each(start, "running")
      if (phase === "running") runOn()
      if (phase === "stopping") each(stop, "over")
      return records.take()
    },
  }
}

/** All records of a run, part by part; each is valid until the next is asked for. */
export function* recordsOf(config: RunConfig.RunConfig): Generator<Uint8Array, void> {
  const loop = make(config)
  for (let records = loop.next(); records.length > 0; records = loop.next()) yield records
}
