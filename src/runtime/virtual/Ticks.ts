/**
 * The innermost loop of the virtual engine: ticks, and the arrivals before each. `Machine` remains the definition of
 * what a tick does, and a property test holds this form of it to that one, event for event.
 *
 * A tick takes some tens of nanoseconds, so this is one long function on purpose, and one for all runs: then the
 * compiler takes the layout's names for the numbers they are, arrays, positions and times stay in registers, and no
 * time is ever put on the heap. Nothing grows in it; room is made before. What is rare, such as a full inbox, is outside.
 */
import type * as InFlight from "./InFlight.ts"
import type * as Messages from "./Messages.ts"
import * as Records from "./Records.ts"

export const blocksPerTurn = 2_048
/** A tick or an arrival makes two records at most. */
export const fullAt = (blocksPerTurn - 2) * Records.wordsPerBlock

/** Machines that fill more than a core's own cache are looked at so many ticks before their turn. */
const ahead = 16
const largeWords = 0x8_0000

/**
 * A class, as are the columns in it: V8 changes its mind about what an object literal holds when it is evaluated once more,
 * and with it would go the compiled loop, at the next run in the process.
 */
export class RunState {
  readonly capacity: number
  readonly sides: number
  readonly machine32: Int32Array
  readonly machine64: Float64Array
  /** The agenda's columns. */
  readonly slotsDue: Int32Array
  readonly offsetsUs: Int32Array
  readonly baseUs: Float64Array
  readonly messages: Messages.Messages
  readonly records: Records.Records
  /** Holds what is on its way where all latencies are one, `latencyUs`. */
  readonly ring: InFlight.Ring
  readonly latencyUs: number
  /** Where they differ, holds it, and says when a message arrives. */
  readonly heap: InFlight.Heap
  readonly arrivalUs: ((machine: number, isToB: number, sentUs: number) => number) | undefined
  /** Whether messages wait at the doors of full inboxes. */
  readonly hasDoors: boolean
  /** What becomes of a message that finds the inbox full. */
  readonly meetFullInbox: (slot: number, node: number, atUs: number) => void
  /** An inbox that was full has room. */
  readonly openDoor: (slot: number, atUs: number) => void
  /** How many ticks of the agenda's window were made. */
  made = 0
  /** Of what was looked at ahead of its turn: kept, so that no compiler leaves the looking out. */
  touched = 0
  /** How far virtual time has come: a column of one, for a number kept in an object would be allocated at each change. */
  readonly clock = new Float64Array(1)

  constructor(parts: Omit<RunState, "made" | "touched" | "clock">) {
    this.capacity = parts.capacity
    this.sides = parts.sides
    this.machine32 = parts.machine32
    this.machine64 = parts.machine64
    this.slotsDue = parts.slotsDue
    this.offsetsUs = parts.offsetsUs
    this.baseUs = parts.baseUs
    this.messages = parts.messages
    this.records = parts.records
    this.ring = parts.ring
    this.latencyUs = parts.latencyUs
    this.heap = parts.heap
    this.arrivalUs = parts.arrivalUs
    this.hasDoors = parts.hasDoors
    this.meetFullInbox = parts.meetFullInbox
    this.openDoor = parts.openDoor
  }
}

/**
 * Room for what one `run` may send. Not in `run` itself, which calls nothing that a run of its own makes: code that
 * inlined it would be thrown away at the next run in the process.
 */
export const reserve = ({ messages, ring }: RunState): void => {
  messages.reserve(2 * blocksPerTurn)
  ring.reserve(2 * blocksPerTurn)
}

/**
 * Ticks of the agenda's window, and what arrives before each, until enough is written or `deadlineUs` is reached.
 * `reserve` comes before.
 */
export const run = (state: RunState, ticks: number, deadlineUs: number): void => {
  const { records, messages, ring, heap, arrivalUs, clock, slotsDue, offsetsUs } = state
  const { machine32, machine64, capacity, sides, latencyUs, hasDoors } = state
  // Kind.ts, Records.ts and Layout.ts again, as literals of this very function: only these are numbers to the compiler,
  // bundled or not, and fields of an object took a third of the speed.
  const internal = 1
  const sent = 2
  const received = 3
  const two32 = 0x1_0000_0000
  const perTwo32 = 1 / 0x1_0000_0000
  const wordsPerBlock = 16
  const machineShift = 4
  const versionAt = 0
  const lamportAt = 1
  const queueLengthAt = 2
  const rngAAt = 3
  const rngBAt = 4
  const rngCAt = 5
  const rngCounterAt = 6
  const inboxFirstAt = 7
  const inboxLastAt = 8
  const numberAt = 9
  const peerAAt = 10
  const numberAAt = 12
  const numberBAt = 13
  const lastUsAt = 7
  const messageShift = 3
  const senderAt = 0
  const sendVersionAt = 1
  const senderLamportAt = 2
  const followingAt = 3
  const sentAt = 4
  const arrivedAt = 6
  const earliestUsAt = 3
  // Of what is no larger the compiler knows that an offset more is an index still, without a check of each sum.
  const most = 0x3fff_ffff
  const { words: out, doubles: out64 } = records
  const { words: message32, doubles: message64 } = messages
  const { nodes, times } = ring
  const mask = nodes.length - 1
  const full = fullAt
  // A product, and so a double to the compiler.
  const lastUs = deadlineUs * 1
  const baseUs = state.baseUs[0]!
  let { end } = records
  let { free, fresh } = messages
  let { first, count } = ring
  // Read whether or not it holds anything: V8 compiles this before a run of few machines begins a turn with messages on
  // their way, and would throw its code away at the first, to go on with code that it enters in the midst of the loop.
  const firstUs = times[first]!
  let nextUs = arrivalUs !== undefined ? heap.nextUs() : count === 0 ? Number.POSITIVE_INFINITY : firstUs
  let tick = state.made
  const isLarge = machine32.length >= largeWords
  let touched = 0

  for (; end < full; tick++) {
    if (isLarge && tick % ahead === 0) {
      // Addresses that do not depend on each other: their misses of the cache overlap, and the ticks then have none.
      for (let i = tick; i < tick + ahead && i < ticks; i++)
        touched ^= message32[machine32[(slotsDue[i]! << machineShift) + inboxFirstAt]! << messageShift]!
      for (let i = 0; i < ahead && i < count; i++) {
        const recipient = message32[(nodes[(first + i) & mask]! << messageShift) + followingAt]!
        touched ^= machine32[(recipient << machineShift) + queueLengthAt]!
      }
    }
    const atUs = tick < ticks ? baseUs + offsetsUs[tick]! : lastUs
    while (nextUs <= atUs && end < full) {
      let node = 0
      if (arrivalUs !== undefined) node = heap.pop()
      else {
        node = nodes[first]!
        first = (first + 1) & mask
        count = (count - 1) | 0
      }
      const arrived = (node << messageShift) & most
      const slot = message32[arrived + followingAt]!
      const at = (slot << machineShift) & most
      const queueLength = machine32[at + queueLengthAt]!
      if (queueLength < capacity) {
        const lastAt = (at >> 1) + lastUsAt
        const arrivedUs = Math.max(message64[(arrived >> 1) + earliestUsAt]!, machine64[lastAt]! + 1)
        machine64[lastAt] = arrivedUs
        const high = Math.floor(arrivedUs * perTwo32)
        message32[arrived + arrivedAt] = (arrivedUs - high * two32) | 0
        message32[arrived + arrivedAt + 1] = high
        message32[arrived + followingAt] = 0
        if (queueLength === 0) machine32[at + inboxFirstAt] = node
        else message32[((machine32[at + inboxLastAt]! << messageShift) & most) + followingAt] = node
        machine32[at + inboxLastAt] = node
        machine32[at + queueLengthAt] = queueLength + 1
      } else {
        records.end = end
        messages.free = free
        state.meetFullInbox(slot, node, nextUs)
        end = records.end
        free = messages.free
      }
      nextUs =
        arrivalUs !== undefined ? heap.nextUs() : count === 0 ? Number.POSITIVE_INFINITY : times[first]!
    }
    if (nextUs <= atUs || tick === ticks) break

    const slot = slotsDue[tick]!
    const at = (slot << machineShift) & most
    const version = machine32[at + versionAt]! + 1
    machine32[at + versionAt] = version
    const lastAt = (at >> 1) + lastUsAt
    const stampedUs = Math.max(atUs, machine64[lastAt]! + 1)
    machine64[lastAt] = stampedUs
    const high = Math.floor(stampedUs * perTwo32)
    const low = (stampedUs - high * two32) | 0
    const to = end & most
    const number = machine32[at + numberAt]!
    out[to] = number
    out[to + 1] = version
    out[to + 4] = low
    out[to + 5] = high
    out[to + 7] = 0
    const before = machine32[at + lamportAt]!
    const taken = machine32[at + inboxFirstAt]!
    if (taken !== 0) {
      const from = (taken << messageShift) & most
      const queueLength = machine32[at + queueLengthAt]! - 1
      const carried = message32[from + senderLamportAt]!
      const lamport = Math.max(carried, before) + 1
      machine32[at + lamportAt] = lamport
      machine32[at + queueLengthAt] = queueLength
      machine32[at + inboxFirstAt] = message32[from + followingAt]!
      out[to + 2] = received
      out[to + 3] = queueLength
      out[to + 6] = lamport
      // Two words at a time, as doubles: none of these pairs is a NaN, whose bits might change.
      const fromHalf = from >> 1
      const half = to >> 1
      out64[half + 4] = message64[fromHalf]!
      out[to + 10] = carried
      out[to + 11] = 0
      out64[half + 6] = message64[fromHalf + 2]!
      out64[half + 7] = message64[fromHalf + 3]!
      end += wordsPerBlock
      message32[from + followingAt] = free
      free = taken
      if (hasDoors && queueLength + 1 === capacity) state.openDoor(slot, atUs)
      continue
    }

    const lamport = before + 1
    machine32[at + lamportAt] = lamport
    const b = machine32[at + rngBAt]!
    const c = machine32[at + rngCAt]!
    const counter = machine32[at + rngCounterAt]!
    const sum = (machine32[at + rngAAt]! + b + counter) | 0
    machine32[at + rngAAt] = b ^ (b >>> 9)
    machine32[at + rngBAt] = c + (c << 3)
    machine32[at + rngCAt] = ((c << 21) | (c >>> 11)) + sum
    machine32[at + rngCounterAt] = counter + 1
    /** One less than the roll, and a fraction: 0 is peer A, 1 peer B, 2 both. */
    const roll = (sum >>> 0) * sides * perTwo32
    const numberA = machine32[at + numberAAt]!
    const isSend = roll < 3 && numberA !== 0
    out[to + 2] = isSend ? sent : internal
    out[to + 3] = 0
    out[to + 6] = lamport
    const half = to >> 1
    out64[half + 4] = 0
    out64[half + 5] = 0
    out64[half + 6] = 0
    out64[half + 7] = 0
    if (isSend) {
      const numberB = machine32[at + numberBAt]!
      const hasTwo = numberA !== numberB
      const from = hasTwo && roll >= 1 && roll < 2 ? 1 : 0
      const last = hasTwo && roll >= 1 ? 1 : 0
      out[to + 8] = last - from + 1
      out[to + 9] = from === 0 ? numberA : numberB
      if (from < last) out[to + 10] = numberB
      for (let peer = from; peer <= last; peer++) {
        let node = free
        if (node !== 0) free = message32[((node << messageShift) & most) + followingAt]!
        else node = fresh++
        const into = (node << messageShift) & most
        message32[into + senderAt] = number
        message32[into + sendVersionAt] = version
        message32[into + senderLamportAt] = lamport
        message32[into + followingAt] = machine32[at + peerAAt + peer]!
        message32[into + sentAt] = low
        message32[into + sentAt + 1] = high
        let arrivesUs = atUs + latencyUs
        if (arrivalUs !== undefined) {
          arrivesUs = arrivalUs(number, peer, atUs)
          heap.push(node, arrivesUs)
          nextUs = heap.nextUs()
        } else {
          const tail = (first + count) & mask
          count = (count + 1) | 0
          nodes[tail] = node
          times[tail] = arrivesUs
          nextUs = Math.min(nextUs, arrivesUs)
        }
        // Not `stampedUs + 1`: in the first half hour of a run that is a small integer, which the compiler would rely on.
        message64[(into >> 1) + earliestUsAt] = Math.max(arrivesUs, machine64[lastAt]! + 1)
      }
    }
    end += wordsPerBlock
  }
  clock[0] = tick > 0 ? baseUs + offsetsUs[tick - 1]! : baseUs
  state.made = tick
  state.touched = touched
  records.end = end
  messages.free = free
  messages.fresh = fresh
  ring.first = first
  ring.count = count
}
