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
 */
import * as Random from "../Random.ts"
import type { RuleOf, RunInvariant } from "../verification/Rules.ts"
import { rules } from "../verification/Rules.ts"
import type { Setting } from "../verification/Setting.ts"
import * as Kind from "./Kind.ts"
import * as Link from "./layout/Link.ts"
import * as Machine from "./layout/Machine.ts"
import * as Node from "./layout/Node.ts"
import * as Machines from "./Machines.ts"
import { PastClocks } from "./PastClocks.ts"

const wordsPerBlock = 16
const detail = 8
const wordsPerDelivery = 8
const two32 = 0x1_0000_0000
const initialNodes = 1_024
const none: RecordFailure | undefined = undefined
/** Of machines that fill more than a core's own cache, what so many records need is looked at before their turn. */
const ahead = 16
const largeWords = 0x8_0000

/** What does not hold, and the event at which it shows. */
export interface RecordFailure {
  readonly invariant: RunInvariant
  readonly rule: string
  readonly event: string
  readonly says: string
}

class DoesNotHold {
  readonly failure: RecordFailure
  constructor(failure: RecordFailure) {
    this.failure = failure
  }
}

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
  failure: RecordFailure | undefined = none

  readonly #machines: number
  readonly #capacity: number
  readonly #sides: number
  readonly #overflowCode: number
  readonly #lastMomentUs: number
  readonly #machine32: Int32Array
  readonly #machine64: Float64Array
  readonly #past: PastClocks

  #node32 = new Int32Array(initialNodes * Node.words)
  #node64 = new Float64Array(this.#node32.buffer)
  #unused = 0
  #used = 1

  /** Of what was looked at ahead: kept, so that no compiler leaves the looking out. */
  touched = 0
  #internal = 0
  #sent = 0
  #received = 0
  #dropNewest = 0
  #dropOldest = 0
  #stopped = 0
  #recipients = 0
  #leftInInboxes = 0

  constructor(setting: Setting) {
    const { machines, capacity, sides, overflow } = setting.config
    const state = Machines.initial(setting)
    this.#machines = machines
    this.#capacity = capacity
    this.#sides = sides
    this.#overflowCode = {
      backpressure: 0,
      "drop-newest": Kind.dropNewest,
      "drop-oldest": Kind.dropOldest,
    }[overflow]
    this.#lastMomentUs = Number.MAX_SAFE_INTEGER - setting.startUs
    this.#machine32 = new Int32Array(state)
    this.#machine64 = new Float64Array(state)
    this.#past = new PastClocks(this.#machine32, machines)
  }

  /** The next whole records. */
  step(records: Uint8Array): void {
    if (this.failure !== undefined) return
    const words = new Int32Array(records.buffer, records.byteOffset, records.byteLength / 4)
    try {
      const isLarge = this.#machine32.length >= largeWords
      for (let at = 0, seen = 0; at < words.length; ) {
        if (isLarge && at >= seen) seen = this.#lookAhead(words, at)
        at = this.#event(words, at)
      }
    } catch (error) {
      if (!(error instanceof DoesNotHold)) throw error
      this.failure = error.failure
    }
  }

  /** Closes the account, once the run is over. */
  finish(): Examined {
    let [inFlight, idle, ticksDue] = [0, 0, 0]
    const machine32 = this.#machine32
    for (let machine = 1; machine <= this.#machines; machine++) {
      const at = machine * Machine.words
      if (machine32[at + Machine.queueLength] !== Machine.finished) this.#close(machine)
      if (machine32[at + Machine.ticks] === 0) idle++
      ticksDue += machine32[at + Machine.ticksDue]!
      inFlight += this.#waiting(at + Machine.links) + this.#waiting(at + Machine.links + Link.words)
    }
    const examined: Examined = {
      internal: this.#internal,
      sent: this.#sent,
      received: this.#received,
      dropNewest: this.#dropNewest,
      dropOldest: this.#dropOldest,
      stopped: this.#stopped,
      recipients: this.#recipients,
      leftInInboxes: this.#leftInInboxes,
      ...{ inFlight, idle, ticksDue },
      ...this.#past.finish(),
    }
    const { received, dropNewest, dropOldest, leftInInboxes } = examined
    if (this.#recipients !== received + dropNewest + dropOldest + leftInInboxes + inFlight)
      this.failure ??= { invariant: "messages", rule: "account", event: "", says: rules.messages.account }
    return examined
  }

  #close(machine: number): void {
    const event = `${machine}/${this.#machine32[machine * Machine.words + Machine.version]! + 1}`
    this.failure ??= { invariant: "log", rule: "closed", event, says: rules.log.closed }
  }

  #waiting(link: number): number {
    let count = 0
    let node = this.#machine32[link + Link.first]!
    for (; node !== 0; node = this.#node32[node * Node.words + Node.following]!) count++
    return count
  }

  #fail<I extends RunInvariant>(words: Int32Array, at: number, invariant: I, rule: RuleOf<I>): never {
    const event = `${words[at]! >>> 0}/${words[at + 1]! >>> 0}`
    throw new DoesNotHold({
      invariant,
      rule,
      event,
      says: (rules[invariant] as Readonly<Record<RuleOf<I>, string>>)[rule],
    })
  }

  /**
   * Fetches what the next records are about, for nothing but the cache: their addresses do not depend on each other, so
   * that the misses overlap. Where it has come.
   */
  #lookAhead(words: Int32Array, from: number): number {
    const machine32 = this.#machine32
    const node32 = this.#node32
    const to = Math.min(from + ahead * wordsPerBlock, words.length)
    let touched = 0
    for (let at = from; at < to; at += wordsPerBlock) {
      const links = words[at]! * Machine.words + Machine.links
      // A block that only goes on with an event may name what there is not.
      touched ^= machine32[links]! | 0
      touched ^= machine32[links - Machine.links]! | 0
      if (words[at + 2] !== Kind.sent) continue
      touched ^= machine32[words[at + detail + 1]! * Machine.words + Machine.links]! | 0
      touched ^= machine32[words[at + detail + 2]! * Machine.words + Machine.links]! | 0
    }
    for (let at = from; at < to; at += wordsPerBlock) {
      if (words[at + 2] !== Kind.received) continue
      const link = this.#linkAhead(words, at)
      touched ^= node32[machine32[link + Link.first]! * Node.words]! | 0
    }
    for (let at = from; at < to; at += wordsPerBlock) {
      const m = words[at]! * Machine.words
      const kind = words[at + 2]
      if (kind === Kind.internal) continue
      touched ^= this.#past.fetch(machine32[m + Machine.past]! >> 1)
      if (kind !== Kind.received) continue
      const link = this.#linkAhead(words, at)
      touched ^= this.#past.fetch(node32[machine32[link + Link.first]! * Node.words + Node.row]!)
    }
    this.touched = touched
    return to
  }

  /** The link of a receipt, without a branch: one that is guessed wrong would wait for its load, and all others for it. */
  #linkAhead(words: Int32Array, at: number): number {
    const links = words[at]! * Machine.words + Machine.links
    const other = this.#machine32[links]! ^ words[at + detail]!
    return links + Link.words * ((other | -other) >>> 31)
  }

  /** Looks at one event; where the next one begins. */
  #event(words: Int32Array, at: number): number {
    const machine = words[at]!
    if (machine < 1 || machine > this.#machines) this.#fail(words, at, "log", "machines")
    const machine32 = this.#machine32
    const m = machine * Machine.words
    const kind = words[at + 2]!
    const version = machine32[m + Machine.version]! + 1
    if (words[at + 1] !== version) this.#fail(words, at, "log", "versions")
    machine32[m + Machine.version] = version
    const queueLength = machine32[m + Machine.queueLength]!
    if (kind === Kind.started ? queueLength !== Machine.unborn : queueLength < 0)
      this.#fail(words, at, "log", "life")
    const atUs = words[at + 5]! * two32 + (words[at + 4]! >>> 0)
    const last = machine * Machine.doubles + Machine.lastUs
    const lastUs = this.#machine64[last]!
    if (atUs <= lastUs) this.#fail(words, at, "log", "stamps")
    if (atUs > this.#lastMomentUs) this.#fail(words, at, "log", "shape")
    if (words[at + 7] !== 0) this.#fail(words, at, "log", "clock")
    let next = at + wordsPerBlock
    if (kind === Kind.received) this.#receive(words, at, machine, atUs)
    else if (kind === Kind.internal) this.#roll(words, at, machine, atUs, false)
    else if (kind === Kind.sent) this.#roll(words, at, machine, atUs, true)
    else if (kind === Kind.started) this.#start(words, at, machine)
    else if (kind === Kind.finished) next = this.#stop(words, at, machine, atUs)
    else if (kind === Kind.dropNewest || kind === Kind.dropOldest) this.#drop(words, at, machine, atUs)
    else this.#fail(words, at, "log", "shape")
    this.#machine64[last] = atUs
    return next
  }

  #start(words: Int32Array, at: number, machine: number): void {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    const a = machine32[m + Machine.peerA]!
    const b = machine32[m + Machine.peerB]!
    const peers = a === 0 ? 0 : a === b ? 1 : 2
    const d = at + detail
    if (
      words[d] !== machine32[m + Machine.rate] ||
      words[d + 1] !== machine32[m + Machine.phaseUs] ||
      words[d + 2] !== peers ||
      (peers > 0 && words[d + 3] !== a) ||
      (peers > 1 && words[d + 4] !== b)
    )
      this.#fail(words, at, "log", "configuration")
    if (words[at + 6] !== 0) this.#fail(words, at, "log", "clock")
    if (words[at + 3] !== 0) this.#fail(words, at, "queues", "empty-at-start")
    machine32[m + Machine.queueLength] = 0
  }

  /** A tick that is made at `atUs`. */
  #tick(words: Int32Array, at: number, machine: number, atUs: number): void {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    const tick = machine32[m + Machine.ticks]!
    const earlyUs = atUs - machine32[m + Machine.phaseUs]! + 1
    // That is, atUs < phase + floor(tick * 1e6 / rate).
    if (earlyUs * machine32[m + Machine.rate]! <= tick * 1_000_000) this.#fail(words, at, "schedule", "early")
    if (tick >= machine32[m + Machine.ticksDue]!) this.#fail(words, at, "schedule", "end")
    machine32[m + Machine.ticks] = tick + 1
  }

  /** A tick that has found its inbox empty. */
  #roll(words: Int32Array, at: number, machine: number, atUs: number, isSent: boolean): void {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    this.#tick(words, at, machine, atUs)
    const lamport = machine32[m + Machine.lamport]! + 1
    if (words[at + 6] !== lamport) this.#fail(words, at, "log", "clock")
    machine32[m + Machine.lamport] = lamport
    if (words[at + 3] !== 0) this.#fail(words, at, "queues", "takes")
    if (machine32[m + Machine.queueLength] !== 0) this.#fail(words, at, "queues", "length")
    const rolled = 1 + Random.below(Random.drawAt(machine32, m + Machine.rngA), this.#sides)
    const a = machine32[m + Machine.peerA]!
    const b = machine32[m + Machine.peerB]!
    if (isSent !== (rolled <= 3 && a !== 0)) this.#fail(words, at, "log", "rolls")
    if (!isSent) {
      this.#internal++
      return
    }
    this.#sent++
    const d = at + detail
    const [toA, toB] = [rolled !== 2 || a === b, rolled !== 1 && a !== b]
    const count = toA && toB ? 2 : 1
    if (words[d] !== count || words[d + 1] !== (toA ? a : b) || (count === 2 && words[d + 2] !== b))
      this.#fail(words, at, "log", "rolls")
    this.#recipients += count
    const row = this.#past.send(machine, count)
    if (toA) this.#send(machine, a, row, atUs)
    if (toB) this.#send(machine, b, row, atUs)
  }

  #send(machine: number, recipient: number, row: number, atUs: number): void {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    const links = recipient * Machine.words + Machine.links
    const link = machine32[links + Link.sender] === machine ? links : links + Link.words
    const node = this.#newNode()
    const n = node * Node.words
    const node32 = this.#node32
    node32[n + Node.following] = 0
    node32[n + Node.version] = machine32[m + Machine.version]!
    node32[n + Node.lamport] = machine32[m + Machine.lamport]!
    node32[n + Node.row] = row
    this.#node64[node * Node.doubles + Node.sentUs] = atUs
    const last = machine32[link + Link.last]!
    if (machine32[link + Link.first] === 0) machine32[link + Link.first] = node
    else node32[last * Node.words + Node.following] = node
    machine32[link + Link.last] = node
  }

  #receive(words: Int32Array, at: number, machine: number, atUs: number): void {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    this.#received++
    this.#tick(words, at, machine, atUs)
    const node = this.#takeOldest(words, at, at + detail, machine)
    const lamport = this.#node32[node * Node.words + Node.lamport]!
    const expected = Math.max(machine32[m + Machine.lamport]!, lamport) + 1
    if (words[at + 6] !== expected) this.#fail(words, at, "log", "clock")
    machine32[m + Machine.lamport] = expected
    const row = this.#node32[node * Node.words + Node.row]!
    this.#free(node)
    if (!this.#past.receive(machine, row)) this.#fail(words, at, "clock-condition", "vector-clocks")
    const queueLength = words[at + 3]!
    if (queueLength < 0 || queueLength >= this.#capacity) this.#fail(words, at, "queues", "capacity")
    this.#reveal(words, at, at + detail, machine, atUs)
    this.#claim(words, at, machine, queueLength, atUs)
  }

  #drop(words: Int32Array, at: number, machine: number, atUs: number): void {
    const kind = words[at + 2]!
    const queueLength = words[at + 3]!
    const isOldest = kind === Kind.dropOldest
    const isFull = queueLength === this.#capacity || (isOldest && queueLength === this.#capacity - 1)
    if (kind !== this.#overflowCode || !isFull) this.#fail(words, at, "queues", "overflow")
    if (words[at + 6] !== this.#machine32[machine * Machine.words + Machine.lamport])
      this.#fail(words, at, "log", "clock")
    const d = at + detail
    const node = isOldest ? this.#takeOldest(words, at, d, machine) : this.#refuse(words, at, machine)
    this.#past.release(this.#node32[node * Node.words + Node.row]!)
    this.#free(node)
    if (isOldest) {
      this.#dropOldest++
      this.#reveal(words, at, d, machine, atUs)
      this.#claim(words, at, machine, queueLength, atUs)
      return
    }
    this.#dropNewest++
    const arrivedUs = words[d + 7]! * two32 + (words[d + 6]! >>> 0)
    const lastUs = this.#machine64[machine * Machine.doubles + Machine.lastUs]!
    if (arrivedUs <= lastUs || arrivedUs >= atUs) this.#fail(words, at, "log", "stamps")
    this.#claim(words, at, machine, queueLength, arrivedUs)
  }

  #stop(words: Int32Array, at: number, machine: number, atUs: number): number {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    this.#stopped++
    if (words[at + 6] !== machine32[m + Machine.lamport]) this.#fail(words, at, "log", "clock")
    if (machine32[m + Machine.ticks] !== machine32[m + Machine.ticksDue])
      this.#fail(words, at, "schedule", "all-due")
    const listed = words[at + detail]!
    const queueLength = words[at + 3]!
    if (queueLength < 0 || queueLength > this.#capacity) this.#fail(words, at, "queues", "capacity")
    if (listed !== queueLength) this.#fail(words, at, "queues", "listed")
    const known = machine32[m + Machine.queueLength]!
    if (known > listed) this.#fail(words, at, "queues", "length")
    const from = at + wordsPerBlock
    const next = from + Math.ceil(listed / 2) * wordsPerBlock
    if (next > words.length) this.#fail(words, at, "log", "shape")
    for (let i = 0; i < listed; i++) {
      const d = from + i * wordsPerDelivery
      const node = this.#takeOldest(words, at, d, machine)
      this.#past.release(this.#node32[node * Node.words + Node.row]!)
      this.#free(node)
      this.#reveal(words, at, d, machine, atUs)
    }
    this.#leftInInboxes += listed
    machine32[m + Machine.queueLength] = Machine.finished
    return next
  }

  /** Takes the message that is delivered at word `d` off the head of its link. */
  #takeOldest(words: Int32Array, at: number, d: number, machine: number): number {
    const link = this.#linkOf(words, at, d, machine)
    const machine32 = this.#machine32
    const node = machine32[link + Link.first]!
    if (node === 0) this.#fail(words, at, "messages", "committed-send")
    this.#compare(words, at, d, node)
    const following = this.#node32[node * Node.words + Node.following]!
    machine32[link + Link.first] = following
    if (machine32[link + Link.beforeRefused] === node) machine32[link + Link.beforeRefused] = 0
    return node
  }

  /** Takes out a message that found no room: it may overtake those that wait, and none that was refused later. */
  #refuse(words: Int32Array, at: number, machine: number): number {
    const d = at + detail
    const link = this.#linkOf(words, at, d, machine)
    const machine32 = this.#machine32
    const node32 = this.#node32
    let before = machine32[link + Link.beforeRefused]!
    let node = before === 0 ? machine32[link + Link.first]! : node32[before * Node.words + Node.following]!
    const version = words[d + 1]!
    while (node !== 0 && node32[node * Node.words + Node.version]! < version) {
      before = node
      node = node32[node * Node.words + Node.following]!
    }
    if (node === 0) this.#fail(words, at, "messages", "committed-send")
    this.#compare(words, at, d, node)
    const following = node32[node * Node.words + Node.following]!
    if (before === 0) machine32[link + Link.first] = following
    else node32[before * Node.words + Node.following] = following
    if (following === 0) machine32[link + Link.last] = before
    machine32[link + Link.beforeRefused] = before
    return node
  }

  #linkOf(words: Int32Array, at: number, d: number, machine: number): number {
    const links = machine * Machine.words + Machine.links
    const sender = words[d]!
    if (sender > 0 && this.#machine32[links + Link.sender] === sender) return links
    if (sender > 0 && this.#machine32[links + Link.words + Link.sender] === sender) return links + Link.words
    return this.#fail(words, at, "messages", "committed-send")
  }

  /** What a delivery says of its send. */
  #compare(words: Int32Array, at: number, d: number, node: number): void {
    const n = node * Node.words
    const sentUs = words[d + 5]! * two32 + (words[d + 4]! >>> 0)
    if (words[d + 1] !== this.#node32[n + Node.version]) this.#fail(words, at, "messages", "fifo")
    if (words[d + 2] !== this.#node32[n + Node.lamport] || words[d + 3] !== 0)
      this.#fail(words, at, "clock-condition", "carried-clock")
    if (sentUs !== this.#node64[node * Node.doubles + Node.sentUs])
      this.#fail(words, at, "messages", "sent-at")
    if (words[d + 7]! * two32 + (words[d + 6]! >>> 0) < sentUs)
      this.#fail(words, at, "messages", "arrived-at")
  }

  /** It becomes known when the message that is delivered at word `d` arrived. */
  #reveal(words: Int32Array, at: number, d: number, machine: number, atUs: number): void {
    const machine64 = this.#machine64
    const machine32 = this.#machine32
    const arrivedUs = words[d + 7]! * two32 + (words[d + 6]! >>> 0)
    const last = machine * Machine.doubles + Machine.lastArrivalUs
    if (arrivedUs >= atUs || arrivedUs <= machine64[last]!) this.#fail(words, at, "log", "stamps")
    machine64[last] = arrivedUs
    const m = machine * Machine.words
    const span = machine32[m + Machine.spanFirst]!
    if (span === 0) {
      if (arrivedUs <= machine64[machine * Machine.doubles + Machine.lastUs]!)
        this.#fail(words, at, "queues", "length")
      return
    }
    const s = span * Node.doubles
    if (arrivedUs <= this.#node64[s + Node.afterUs]! || arrivedUs >= this.#node64[s + Node.beforeUs]!)
      this.#fail(words, at, "queues", "length")
    machine32[m + Machine.queueLength]!--
    if (--this.#node32[span * Node.words + Node.count]! > 0) return
    machine32[m + Machine.spanFirst] = this.#node32[span * Node.words + Node.following]!
    this.#free(span)
  }

  /** An event counts so many in the inbox; those that are new to it arrived after the event before it and before `beforeUs`. */
  #claim(words: Int32Array, at: number, machine: number, queueLength: number, beforeUs: number): void {
    const machine32 = this.#machine32
    const m = machine * Machine.words
    const more = queueLength - machine32[m + Machine.queueLength]!
    if (more === 0) return
    if (more < 0) this.#fail(words, at, "queues", "length")
    machine32[m + Machine.queueLength] = queueLength
    const span = this.#newNode()
    const n = span * Node.words
    const node32 = this.#node32
    node32[n + Node.following] = 0
    node32[n + Node.count] = more
    const s = span * Node.doubles
    this.#node64[s + Node.afterUs] = this.#machine64[machine * Machine.doubles + Machine.lastUs]!
    this.#node64[s + Node.beforeUs] = beforeUs
    if (machine32[m + Machine.spanFirst] === 0) machine32[m + Machine.spanFirst] = span
    else node32[machine32[m + Machine.spanLast]! * Node.words + Node.following] = span
    machine32[m + Machine.spanLast] = span
  }

  #newNode(): number {
    const node = this.#unused
    if (node !== 0) {
      this.#unused = this.#node32[node * Node.words + Node.following]!
      return node
    }
    if (this.#used * Node.words === this.#node32.length) this.#grow()
    return this.#used++
  }

  #free(node: number): void {
    this.#node32[node * Node.words + Node.following] = this.#unused
    this.#unused = node
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#node32.length)
    larger.set(this.#node32)
    this.#node32 = larger
    this.#node64 = new Float64Array(larger.buffer)
  }
}
