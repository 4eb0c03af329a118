/**
 * The invariants of a virtual run, checked on its records as the event loop writes them, in columns of numbers and
 * without an object for any event: `Verification` does the same at a fortieth of the speed.
 *
 * `Verification` is the definition. What is verified here is verified there, and the other way round, with the same
 * counts: a property test holds the two together, over whole runs and over runs of which a record was changed. It needs to
 * be no more than right about whether all holds: it stops at the first thing that does not, and the definition then
 * finds the words. It knows no faults and no resuming, so a life is a whole run and every arrival becomes known.
 *
 * Arrivals are known once they are taken, dropped or listed, but events count them before: those that an event counts
 * and the one before it did not are a span, and must turn out to have come between the two.
 *
 * Here is what is rare: the beginning, the end, messages that are dropped. VerifiedTicks.ts has the innermost loop.
 */
import type { Setting } from "../verification/Setting.ts"
import * as Kind from "./Kind.ts"
import { LateTicks } from "./LateTicks.ts"
import * as Link from "./layout/Link.ts"
import * as Machine from "./layout/Machine.ts"
import * as Node from "./layout/Node.ts"
import * as Record from "./layout/Record.ts"
import * as Machines from "./Machines.ts"
import { Nodes } from "./Nodes.ts"
import { PastClocks } from "./PastClocks.ts"
import * as RecordFailure from "./RecordFailure.ts"
import * as RecordTally from "./RecordTally.ts"
import * as VerifiedTicks from "./VerifiedTicks.ts"

const { fail } = RecordFailure
const none: RecordFailure.RecordFailure | undefined = undefined

/** Events and messages that were looked at. */
export interface Examined {
  readonly internal: number
  readonly sent: number
  readonly received: number
  readonly dropNewest: number
  readonly dropOldest: number
  readonly stopped: number
  readonly recipients: number
  readonly leftInInboxes: number
  readonly inFlight: number
  /** Machines that have made no tick. */
  readonly idle: number
  readonly ticksDue: number
  readonly compared: number
  readonly pairs: number
}

export class RecordVerifier {
  /** Of the first thing that does not hold; nothing is looked at after it. */
  failure: RecordFailure.RecordFailure | undefined = none

  readonly #capacity: number
  readonly #overflowCode: number
  readonly #state: VerifiedTicks.State
  readonly #machine32: Int32Array
  readonly #machine64: Float64Array
  readonly #nodes = new Nodes()
  readonly #past: PastClocks
  /**
   * By half of a link's first word: the message before the one that it refused last, and that one's version, as it may
   * be gone, and its node be another's.
   */
  readonly #refusals: Int32Array

  #dropNewest = 0
  #dropOldest = 0
  #stopped = 0
  #leftInInboxes = 0

  constructor(setting: Setting) {
    const { machines, capacity, sides, overflow } = setting.config
    const { words, doubles } = Machines.initial(setting)
    this.#capacity = capacity
    this.#overflowCode = {
      backpressure: 0,
      "drop-newest": Kind.dropNewest,
      "drop-oldest": Kind.dropOldest,
    }[overflow]
    this.#machine32 = words
    this.#machine64 = doubles
    this.#past = new PastClocks(this.#machine32, machines)
    this.#refusals = new Int32Array(overflow === "drop-newest" ? this.#machine32.length / 2 : 0)
    this.#state = {
      ...{ machines, capacity, sides },
      lastMomentUs: Number.MAX_SAFE_INTEGER - setting.startUs,
      machine32: this.#machine32,
      machine64: this.#machine64,
      nodes: this.#nodes,
      past: this.#past,
      lateTicks: new LateTicks(machines),
      rare: (records, at, machine, atUs) => this.#rare(records, at, machine, atUs),
      ...{ internal: 0, sent: 0, received: 0, recipients: 0, touched: 0 },
    }
  }

  /** The next whole records. */
  step(records: Uint8Array): void {
    if (this.failure !== undefined) return
    const words = new Int32Array(records.buffer, records.byteOffset, records.byteLength / 4)
    VerifiedTicks.reserve(this.#state, words.length)
    try {
      VerifiedTicks.run(this.#state, words)
    } catch (error) {
      if (!(error instanceof RecordFailure.DoesNotHold)) throw error
      this.failure = error.failure
    }
  }

  /** Closes the account, once the run is over. */
  finish(): Examined {
    let [inFlight, idle, ticksDue] = [0, 0, 0]
    const machine32 = this.#machine32
    const { machines, internal, sent, received, recipients } = this.#state
    for (let machine = 1; machine <= machines; machine++) {
      const m = machine << Machine.shift
      if (machine32[m + Machine.queueLength]! > Machine.finished) this.#close(machine)
      if (machine32[m + Machine.ticks] === 0) idle++
      ticksDue += machine32[m + Machine.ticksDue]!
      inFlight += this.#waiting(m + Machine.links) + this.#waiting(m + Machine.links + Link.words)
    }
    const examined: Examined = {
      ...{ internal, sent, received, recipients },
      dropNewest: this.#dropNewest,
      dropOldest: this.#dropOldest,
      stopped: this.#stopped,
      leftInInboxes: this.#leftInInboxes,
      ...{ inFlight, idle, ticksDue },
      ...this.#past.finish(),
    }
    const { dropNewest, dropOldest, leftInInboxes } = examined
    if (recipients !== received + dropNewest + dropOldest + leftInInboxes + inFlight)
      this.failure ??= RecordFailure.of("messages", "account", "")
    return examined
  }

  /** What became of each machine, once it is closed. */
  tallied(): RecordTally.Tallied {
    return RecordTally.of(this.#machine32, this.#state.machines, this.#state.lateTicks, (link) =>
      this.#waiting(link),
    )
  }

  #close(machine: number): void {
    const event = `${machine}/${this.#machine32[(machine << Machine.shift) + Machine.version]! + 1}`
    this.failure ??= RecordFailure.of("log", "closed", event)
  }

  #waiting(link: number): number {
    let count = 0
    const { words } = this.#nodes
    for (let node = this.#machine32[link + Link.first]!; node !== 0; node = words[node + Node.following]!)
      count++
    return count
  }

  /** An event that is no tick, of a machine whose version is this one's already; where the next begins. */
  #rare(words: Int32Array, at: number, machine: number, atUs: number): number {
    const kind = words[at + 2]!
    const queueLength = this.#machine32[(machine << Machine.shift) + Machine.queueLength]!
    if (kind === Kind.started ? queueLength !== Machine.unborn : queueLength < 0)
      fail(words, at, "log", "life")
    if (kind === Kind.dropNewest || kind === Kind.dropOldest) this.#drop(words, at, machine, atUs)
    else if (kind === Kind.started) this.#start(words, at, machine)
    else if (kind === Kind.finished) return this.#stop(words, at, machine, atUs)
    else fail(words, at, "log", "shape")
    return at + Record.words
  }

  #start(words: Int32Array, at: number, machine: number): void {
    const machine32 = this.#machine32
    const m = machine << Machine.shift
    const a = machine32[m + Machine.peerA]!
    const b = machine32[m + Machine.peerB]!
    const peers = a === 0 ? 0 : a === b ? 1 : 2
    const d = at + Record.detail
    if (
      words[d] !== machine32[m + Machine.rate] ||
      words[d + 1] !== machine32[m + Machine.phaseUs] ||
      words[d + 2] !== peers ||
      (peers > 0 && words[d + 3] !== a) ||
      (peers > 1 && words[d + 4] !== b)
    )
      fail(words, at, "log", "configuration")
    if (words[at + 6] !== 0) fail(words, at, "log", "clock")
    if (words[at + 3] !== 0) fail(words, at, "queues", "empty-at-start")
    machine32[m + Machine.queueLength] = 0
  }

  #drop(words: Int32Array, at: number, machine: number, atUs: number): void {
    const kind = words[at + 2]!
    const queueLength = words[at + 3]!
    const isOldest = kind === Kind.dropOldest
    const isFull = queueLength === this.#capacity || (isOldest && queueLength === this.#capacity - 1)
    if (kind !== this.#overflowCode || !isFull) fail(words, at, "queues", "overflow")
    this.#keepClock(words, at, machine)
    this.#wait(machine, this.#capacity)
    const d = at + Record.detail
    this.#release(isOldest ? this.#takeOldest(words, at, d, machine) : this.#refuse(words, at, machine))
    if (isOldest) {
      this.#dropOldest++
      this.#reveal(words, at, d, machine, atUs)
      this.#claim(words, at, machine, queueLength, atUs)
      return
    }
    this.#dropNewest++
    const arrivedUs = words[d + 7]! * Record.two32 + (words[d + 6]! >>> 0)
    if (arrivedUs <= this.#lastUs(machine) || arrivedUs >= atUs) fail(words, at, "log", "stamps")
    this.#claim(words, at, machine, queueLength, arrivedUs)
  }

  #stop(words: Int32Array, at: number, machine: number, atUs: number): number {
    const machine32 = this.#machine32
    const m = machine << Machine.shift
    this.#stopped++
    this.#keepClock(words, at, machine)
    if (machine32[m + Machine.ticks] !== machine32[m + Machine.ticksDue])
      fail(words, at, "schedule", "all-due")
    const listed = words[at + Record.detail]!
    const queueLength = words[at + 3]!
    if (queueLength < 0 || queueLength > this.#capacity) fail(words, at, "queues", "capacity")
    if (listed !== queueLength) fail(words, at, "queues", "listed")
    const known = machine32[m + Machine.queueLength]!
    if (known > listed) fail(words, at, "queues", "length")
    const from = at + Record.words
    const next = from + Math.ceil(listed / 2) * Record.words
    if (next > words.length) fail(words, at, "log", "shape")
    for (let i = 0; i < listed; i++) {
      const d = from + i * Record.wordsPerDelivery
      this.#release(this.#takeOldest(words, at, d, machine))
      this.#reveal(words, at, d, machine, atUs)
    }
    this.#leftInInboxes += listed
    this.#wait(machine, listed)
    machine32[m + Machine.queueLength] = Machine.finished - listed
    return next
  }

  #keepClock(words: Int32Array, at: number, machine: number): void {
    if (words[at + 6] !== this.#machine32[(machine << Machine.shift) + Machine.lamport])
      fail(words, at, "log", "clock")
  }

  #lastUs(machine: number): number {
    return this.#machine64[(machine << Machine.doublesShift) + Machine.lastUs]!
  }

  #wait(machine: number, queueLength: number): void {
    const longest = (machine << Machine.shift) + Machine.maxQueueLength
    if (this.#machine32[longest]! < queueLength) this.#machine32[longest] = queueLength
  }

  #release(node: number): void {
    this.#past.release(this.#nodes.words[node + Node.row]!)
    this.#nodes.release(node)
  }

  /** Takes the message that is delivered at word `d` off the head of its link. */
  #takeOldest(words: Int32Array, at: number, d: number, machine: number): number {
    const link = this.#linkOf(words, at, d, machine)
    const node = this.#machine32[link + Link.first]!
    if (node === 0) fail(words, at, "messages", "committed-send")
    this.#compare(words, at, d, node)
    this.#machine32[link + Link.first] = this.#nodes.words[node + Node.following]!
    return node
  }

  /** Takes out a message that found no room: it may overtake those that wait, and none that was refused later. */
  #refuse(words: Int32Array, at: number, machine: number): number {
    const d = at + Record.detail
    const link = this.#linkOf(words, at, d, machine)
    const machine32 = this.#machine32
    const node32 = this.#nodes.words
    const first = machine32[link + Link.first]!
    const refusal = link / 2
    const refusals = this.#refusals
    // Messages leave a link from its head: the one before is there as long as the head is not younger.
    const isThere = first !== 0 && node32[first + Node.version]! <= refusals[refusal + 1]!
    let before = isThere ? refusals[refusal]! : 0
    let node = before === 0 ? first : node32[before + Node.following]!
    const version = words[d + 1]!
    while (node !== 0 && node32[node + Node.version]! < version) {
      before = node
      node = node32[node + Node.following]!
    }
    if (node === 0) fail(words, at, "messages", "committed-send")
    this.#compare(words, at, d, node)
    const following = node32[node + Node.following]!
    if (before === 0) machine32[link + Link.first] = following
    else node32[before + Node.following] = following
    if (following === 0) machine32[link + Link.last] = before
    refusals[refusal] = before
    refusals[refusal + 1] = before === 0 ? 0 : node32[before + Node.version]!
    return node
  }

  #linkOf(words: Int32Array, at: number, d: number, machine: number): number {
    const links = (machine << Machine.shift) + Machine.links
    const sender = words[d]!
    if (sender > 0 && this.#machine32[links + Link.sender] === sender) return links
    if (sender > 0 && this.#machine32[links + Link.words + Link.sender] === sender) return links + Link.words
    return fail(words, at, "messages", "committed-send")
  }

  /** What a delivery says of its send. */
  #compare(words: Int32Array, at: number, d: number, node: number): void {
    const { words: node32, doubles: node64 } = this.#nodes
    const sentUs = words[d + 5]! * Record.two32 + (words[d + 4]! >>> 0)
    if (words[d + 1] !== node32[node + Node.version]) fail(words, at, "messages", "fifo")
    if (words[d + 2] !== node32[node + Node.lamport] || words[d + 3] !== 0)
      fail(words, at, "clock-condition", "carried-clock")
    if (sentUs !== node64[node / 2 + Node.sentUs]) fail(words, at, "messages", "sent-at")
    if (words[d + 7]! * Record.two32 + (words[d + 6]! >>> 0) < sentUs)
      fail(words, at, "messages", "arrived-at")
  }

  /** It becomes known when the message that is delivered at word `d` arrived. */
  #reveal(words: Int32Array, at: number, d: number, machine: number, atUs: number): void {
    const machine32 = this.#machine32
    const { words: node32, doubles: node64 } = this.#nodes
    const arrivedUs = words[d + 7]! * Record.two32 + (words[d + 6]! >>> 0)
    const last = (machine << Machine.doublesShift) + Machine.lastArrivalUs
    if (arrivedUs >= atUs || arrivedUs <= this.#machine64[last]!) fail(words, at, "log", "stamps")
    this.#machine64[last] = arrivedUs
    const m = machine << Machine.shift
    const span = machine32[m + Machine.spanFirst]!
    if (span === 0) {
      if (arrivedUs <= this.#lastUs(machine)) fail(words, at, "queues", "length")
      return
    }
    const s = span / 2
    if (arrivedUs <= node64[s + Node.afterUs]! || arrivedUs >= node64[s + Node.beforeUs]!)
      fail(words, at, "queues", "length")
    machine32[m + Machine.queueLength]!--
    if (--node32[span + Node.count]! > 0) return
    machine32[m + Machine.spanFirst] = node32[span + Node.following]!
    this.#nodes.release(span)
  }

  /** An event counts so many in the inbox; those that are new to it arrived after the event before it and before `beforeUs`. */
  #claim(words: Int32Array, at: number, machine: number, queueLength: number, beforeUs: number): void {
    const machine32 = this.#machine32
    const m = machine << Machine.shift
    const more = queueLength - machine32[m + Machine.queueLength]!
    if (more === 0) return
    if (more < 0) fail(words, at, "queues", "length")
    machine32[m + Machine.queueLength] = queueLength
    const span = this.#nodes.take()
    const { words: node32, doubles: node64 } = this.#nodes
    node32[span + Node.following] = 0
    node32[span + Node.count] = more
    node64[span / 2 + Node.afterUs] = this.#lastUs(machine)
    node64[span / 2 + Node.beforeUs] = beforeUs
    if (machine32[m + Machine.spanFirst] === 0) machine32[m + Machine.spanFirst] = span
    else node32[machine32[m + Machine.spanLast]! + Node.following] = span
    machine32[m + Machine.spanLast] = span
  }
}
