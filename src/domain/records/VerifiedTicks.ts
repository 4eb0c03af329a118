/**
 * The innermost loop of the verifier of records: what every event has, and ticks. It is one long function for the reason that
 * the engine's own is: then arrays, positions and times stay in registers. What is rare is outside, in RecordVerifier.ts.
 *
 * It keeps count as it goes of what became of each machine, in the words it has at hand.
 */
import * as Random from "../Random.ts"
import * as Kind from "./Kind.ts"
import type { LateTicks } from "./LateTicks.ts"
import * as Link from "./layout/Link.ts"
import * as Machine from "./layout/Machine.ts"
import * as Node from "./layout/Node.ts"
import * as Record from "./layout/Record.ts"
import type { Nodes } from "./Nodes.ts"
import type { PastClocks } from "./PastClocks.ts"
import { fail } from "./RecordFailure.ts"

/** Of machines that fill more than a core's own cache, what so many records need is looked at before their turn. */
const ahead = 16
const largeWords = 0x8_0000

export interface State {
  readonly machines: number
  readonly capacity: number
  readonly sides: number
  readonly lastMomentUs: number
  readonly machine32: Int32Array
  readonly machine64: Float64Array
  readonly nodes: Nodes
  readonly past: PastClocks
  readonly lateTicks: LateTicks
  /** An event that is no tick, at `atUs`; where the next one begins. */
  readonly rare: (words: Int32Array, at: number, machine: number, atUs: number) => number
  internal: number
  sent: number
  received: number
  recipients: number
  /** Of what was looked at ahead: kept, so that no compiler leaves the looking out. */
  touched: number
}

/** A column of one: the product of a tick and a small integer is one at first, and would be compiled as such. */
const secondsUs = Float64Array.of(1_000_000)

/** Room for what so many words tell of. Not in `run` itself, whose code would be thrown away each time that room is made. */
export const reserve = ({ nodes, past }: State, words: number): void => {
  // A record takes two nodes and one row at most.
  nodes.reserve((2 * words) / Record.words)
  past.reserve(words / Record.words)
}

/** Looks at whole records, for which `reserve` has made room; throws at the first thing that does not hold. */
export const run = (state: State, words: Int32Array): void => {
  const { machines, capacity, sides, lastMomentUs, machine32, machine64, nodes, past, lateTicks } = state
  // Of what is no larger the compiler knows that an offset more is an index still, without a check of each sum.
  const most = 0x3fff_ffff
  const secondUs = secondsUs[0]!
  const { words: node32, doubles: node64 } = nodes
  let [internal, sent, received, recipients] = [0, 0, 0, 0]
  const isLarge = machine32.length >= largeWords

  for (let at = 0, seen = 0; at < words.length; at += Record.words) {
    if (isLarge && at >= seen) seen = lookAhead(state, words, at)
    const r = at & most
    const machine = words[r]!
    if (machine < 1 || machine > machines) fail(words, at, "log", "machines")
    const m = (machine << Machine.shift) & most
    const version = machine32[m + Machine.version]! + 1
    if (words[r + 1] !== version) fail(words, at, "log", "versions")
    machine32[m + Machine.version] = version
    const atUs = words[r + 5]! * Record.two32 + (words[r + 4]! >>> 0)
    const lastAt = (m >> 1) + Machine.lastUs
    const lastUs = machine64[lastAt]!
    if (atUs <= lastUs) fail(words, at, "log", "stamps")
    if (atUs > lastMomentUs) fail(words, at, "log", "shape")
    if (words[r + 7] !== 0) fail(words, at, "log", "clock")
    const kind = words[r + 2]!
    if (kind !== Kind.received && kind !== Kind.sent && kind !== Kind.internal) {
      at = state.rare(words, at, machine, atUs) - Record.words
      machine64[lastAt] = atUs
      continue
    }
    machine64[lastAt] = atUs
    const counted = machine32[m + Machine.queueLength]!
    if (counted < 0) fail(words, at, "log", "life")

    const tick = machine32[m + Machine.ticks]!
    const lateUs =
      atUs - machine32[m + Machine.phaseUs]! - Math.floor((tick * secondUs) / machine32[m + Machine.rate]!)
    if (lateUs !== 0) {
      if (lateUs < 0) fail(words, at, "schedule", "early")
      lateTicks.add(machine, lateUs)
    }
    if (tick >= machine32[m + Machine.ticksDue]!) fail(words, at, "schedule", "end")
    machine32[m + Machine.ticks] = tick + 1
    const before = machine32[m + Machine.lamport]!
    const lamport = words[r + 6]!
    machine32[m + Machine.lamport] = lamport
    const queueLength = words[r + 3]!

    if (kind === Kind.received) {
      received++
      const sender = words[r + Record.detail]!
      const links = m + Machine.links
      // Without a branch, as nobody can guess whose message it is.
      const other = machine32[links + Link.sender]! ^ sender
      const link = links + Link.words * ((other | -other) >>> 31)
      const node = machine32[link + Link.first]!
      if (machine32[link + Link.sender] !== sender || node === 0)
        fail(words, at, "messages", "committed-send")
      const carried = node32[node + Node.lamport]!
      const sentUs = words[r + Record.detail + 5]! * Record.two32 + (words[r + Record.detail + 4]! >>> 0)
      const arrivedUs = words[r + Record.detail + 7]! * Record.two32 + (words[r + Record.detail + 6]! >>> 0)
      if (words[r + Record.detail + 1] !== node32[node + Node.version]) fail(words, at, "messages", "fifo")
      if (words[r + Record.detail + 2] !== carried || words[r + Record.detail + 3] !== 0)
        fail(words, at, "clock-condition", "carried-clock")
      if (sentUs !== node64[(node >> 1) + Node.sentUs]) fail(words, at, "messages", "sent-at")
      if (arrivedUs < sentUs) fail(words, at, "messages", "arrived-at")
      if (lamport !== Math.max(before, carried) + 1) fail(words, at, "log", "clock")
      machine32[link + Link.first] = node32[node + Node.following]!
      nodes.release(node)
      const row = node32[node + Node.row]!
      if (row !== 0 && !past.receive(machine, row)) fail(words, at, "clock-condition", "vector-clocks")

      if (queueLength < 0 || queueLength >= capacity) fail(words, at, "queues", "capacity")
      const lastArrivalAt = (m >> 1) + Machine.lastArrivalUs
      if (arrivedUs >= atUs || arrivedUs <= machine64[lastArrivalAt]!) fail(words, at, "log", "stamps")
      machine64[lastArrivalAt] = arrivedUs
      let known = counted
      const span = machine32[m + Machine.spanFirst]!
      if (span === 0) {
        if (arrivedUs <= lastUs) fail(words, at, "queues", "length")
      } else {
        if (
          arrivedUs <= node64[(span >> 1) + Node.afterUs]! ||
          arrivedUs >= node64[(span >> 1) + Node.beforeUs]!
        )
          fail(words, at, "queues", "length")
        known--
        const left = node32[span + Node.count]! - 1
        if (left > 0) node32[span + Node.count] = left
        else {
          machine32[m + Machine.spanFirst] = node32[span + Node.following]!
          nodes.release(span)
        }
      }
      machine32[m + Machine.queueLength] = queueLength
      if (queueLength !== known) {
        if (queueLength < known) fail(words, at, "queues", "length")
        const fresher = nodes.take()
        node32[fresher + Node.following] = 0
        node32[fresher + Node.count] = queueLength - known
        node64[(fresher >> 1) + Node.afterUs] = lastUs
        node64[(fresher >> 1) + Node.beforeUs] = atUs
        if (machine32[m + Machine.spanFirst] === 0) machine32[m + Machine.spanFirst] = fresher
        else node32[machine32[m + Machine.spanLast]! + Node.following] = fresher
        machine32[m + Machine.spanLast] = fresher
      }
      const jump = lamport - before
      if (jump > machine32[m + Machine.largestJump]!) machine32[m + Machine.largestJump] = jump
      machine32[link + Link.ahead]! += jump - 1
      if (queueLength >= machine32[m + Machine.maxQueueLength]!)
        machine32[m + Machine.maxQueueLength] = queueLength + 1
      continue
    }

    if (lamport !== before + 1) fail(words, at, "log", "clock")
    if (queueLength !== 0) fail(words, at, "queues", "takes")
    if (counted !== 0) fail(words, at, "queues", "length")
    /** One less than the roll, and a fraction: 0 is peer A, 1 peer B, 2 both. */
    const roll = (Random.drawAt(machine32, m + Machine.rngA) * sides) / Record.two32
    const peerA = machine32[m + Machine.peerA]!
    const isSend = roll < 3 && peerA !== 0
    if (isSend !== (kind === Kind.sent)) fail(words, at, "log", "rolls")
    if (!isSend) {
      internal++
      continue
    }
    sent++
    machine32[m + Machine.sent]!++
    const peerB = machine32[m + Machine.peerB]!
    const hasTwo = peerA !== peerB
    const from = hasTwo && roll >= 1 && roll < 2 ? 1 : 0
    const to = hasTwo && roll >= 1 ? 1 : 0
    const messages = to - from + 1
    if (
      words[r + Record.detail] !== messages ||
      words[r + Record.detail + 1] !== (from === 0 ? peerA : peerB) ||
      (messages === 2 && words[r + Record.detail + 2] !== peerB)
    )
      fail(words, at, "log", "rolls")
    recipients += messages
    const row = machine32[m + Machine.past] === 0 ? 0 : past.send(machine, messages)
    for (let peer = from; peer <= to; peer++) {
      const links = (machine32[m + Machine.peerA + peer]! << Machine.shift) + Machine.links
      const link = machine32[links + Link.sender] === machine ? links : links + Link.words
      const node = nodes.take()
      node32[node + Node.following] = 0
      node32[node + Node.version] = version
      node32[node + Node.lamport] = lamport
      node32[node + Node.row] = row
      node64[(node >> 1) + Node.sentUs] = atUs
      if (machine32[link + Link.first] === 0) machine32[link + Link.first] = node
      else node32[machine32[link + Link.last]! + Node.following] = node
      machine32[link + Link.last] = node
    }
  }
  state.internal += internal
  state.sent += sent
  state.received += received
  state.recipients += recipients
}

/**
 * Fetches what the next records are about, for nothing but the cache: their addresses do not depend on each other, so
 * that the misses overlap. Where it has come.
 */
const lookAhead = (state: State, words: Int32Array, from: number): number => {
  const { machine32, past } = state
  const node32 = state.nodes.words
  const to = Math.min(from + ahead * Record.words, words.length)
  let touched = 0
  for (let at = from; at < to; at += Record.words) {
    const links = (words[at]! << Machine.shift) + Machine.links
    // A block that only goes on with an event may name what there is not.
    touched ^= machine32[links]! | 0
    touched ^= machine32[links - Machine.links]! | 0
    if (words[at + 2] !== Kind.sent) continue
    touched ^= machine32[(words[at + Record.detail + 1]! << Machine.shift) + Machine.links]! | 0
    touched ^= machine32[(words[at + Record.detail + 2]! << Machine.shift) + Machine.links]! | 0
  }
  for (let at = from; at < to; at += Record.words) {
    if (words[at + 2] !== Kind.received) continue
    const link = linkAhead(machine32, words, at)
    touched ^= node32[machine32[link + Link.first]!]! | 0
  }
  for (let at = from; at < to; at += Record.words) {
    const kind = words[at + 2]
    if (kind === Kind.internal) continue
    touched ^= past.fetch(machine32[(words[at]! << Machine.shift) + Machine.past]! >> 1)
    if (kind !== Kind.received) continue
    const link = linkAhead(machine32, words, at)
    touched ^= past.fetch(node32[machine32[link + Link.first]! + Node.row]!)
  }
  state.touched = touched
  return to
}

/** The link of a receipt, without a branch: one that is guessed wrong would wait for its load, and all others for it. */
const linkAhead = (machine32: Int32Array, words: Int32Array, at: number): number => {
  const links = (words[at]! << Machine.shift) + Machine.links
  const other = machine32[links]! ^ words[at + Record.detail]!
  return links + Link.words * ((other | -other) >>> 31)
}
