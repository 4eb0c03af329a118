/**
 * What became of each machine, from the records of a virtual run: the numbers of `Statistics` and of what stands beside
 * the prediction, in columns and without an object for any event. A property test holds it to those two.
 */
import * as Histogram from "../Histogram.ts"
import type { Measured } from "../prediction/Measured.ts"
import { type Lateness, latenessOf, type MachineRows, type MachineStatistics } from "../Statistics.ts"
import type { Setting } from "../verification/Setting.ts"
import * as Kind from "./Kind.ts"
import * as Tally from "./layout/Tally.ts"

const wordsPerBlock = 16
const detail = 8
const two32 = 0x1_0000_0000
/** Ticks are made when they are due, or some microseconds later: those are counted apart, without a look for a bucket. */
const punctual = 128

/** Of machines that fill more than a core's own cache, what so many records need is looked at before their turn. */
const ahead = 16
const largeWords = 0x8_0000

/** Plain data, to be handed from one thread to another. */
export interface Tallied {
  readonly words: Int32Array
  readonly lateness: Lateness
}

const begin = ({ config, rates, phasesUs, reach }: Setting): Int32Array => {
  const peers = reach.peers!
  const words = new Int32Array((config.machines + 1) * Tally.words)
  const hear = (recipient: number, sender: number): void => {
    const at = recipient * Tally.words
    words[at + (words[at + Tally.senderOne] === 0 ? Tally.senderOne : Tally.senderTwo)] = sender
  }
  for (let machine = 1; machine <= config.machines; machine++) {
    const at = machine * Tally.words
    words[at + Tally.rate] = rates[machine]!
    words[at + Tally.phaseUs] = phasesUs[machine]!
    const [a, b] = [peers.a[machine]!, peers.b[machine]!]
    if (a !== 0) hear(a, machine)
    if (b !== a) hear(b, machine)
  }
  return words
}

export class RecordTally {
  /** Of what was looked at ahead: kept, so that no compiler leaves the looking out. */
  touched = 0
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #capacity: number
  readonly #punctual = new Float64Array(punctual)
  readonly #late = Histogram.make()

  constructor(setting: Setting) {
    this.#words = begin(setting)
    this.#doubles = new Float64Array(this.#words.buffer)
    this.#capacity = setting.config.capacity
  }

  /** The next whole records, of events that are verified. */
  step(records: Uint8Array): void {
    const words = new Int32Array(records.buffer, records.byteOffset, records.byteLength / 4)
    const isLarge = this.#words.length >= largeWords
    for (let at = 0, seen = 0; at < words.length; at += wordsPerBlock) {
      if (isLarge && at >= seen) seen = this.#lookAhead(words, at)
      const kind = words[at + 2]!
      const m = words[at]! * Tally.words
      if (kind === Kind.received) this.#receive(words, at, m)
      else if (kind === Kind.sent) this.#send(words, at, m)
      else if (kind === Kind.internal) {
        this.#tick(words, at, m)
        this.#words[m + Tally.internal]!++
        this.#words[m + Tally.lamport] = words[at + 6]!
      } else if (kind === Kind.dropNewest) this.#drop(m, words[at + 3]!)
      else if (kind === Kind.dropOldest) this.#drop(m, Math.min(words[at + 3]! + 1, this.#capacity))
      else if (kind === Kind.finished) {
        this.#wait(m, words[at + 3]!)
        at += Math.ceil(words[at + detail]! / 2) * wordsPerBlock
      }
    }
  }

  /** As the verifier does. */
  #lookAhead(words: Int32Array, from: number): number {
    const tallies = this.#words
    const to = Math.min(from + ahead * wordsPerBlock, words.length)
    let touched = 0
    for (let at = from; at < to; at += wordsPerBlock) {
      touched ^= tallies[words[at]! * Tally.words]! | 0
      if (words[at + 2] !== Kind.sent) continue
      touched ^= tallies[words[at + detail + 1]! * Tally.words]! | 0
      touched ^= tallies[words[at + detail + 2]! * Tally.words]! | 0
    }
    this.touched = touched
    return to
  }

  finish(): Tallied {
    for (const [lateUs, count] of this.#punctual.entries()) if (count > 0) this.#late.record(lateUs, count)
    return { words: this.#words, lateness: latenessOf(this.#late) }
  }

  #wait(m: number, queueLength: number): void {
    if (this.#words[m + Tally.maxQueueLength]! < queueLength)
      this.#words[m + Tally.maxQueueLength] = queueLength
  }

  #drop(m: number, queueLength: number): void {
    this.#words[m + Tally.dropped]!++
    this.#wait(m, queueLength)
  }

  #tick(words: Int32Array, at: number, m: number): void {
    const tallies = this.#words
    const tick = tallies[m + Tally.internal]! + tallies[m + Tally.sent]! + tallies[m + Tally.received]!
    const offsetUs = Math.floor((tick * 1_000_000) / tallies[m + Tally.rate]!)
    const atUs = words[at + 5]! * two32 + (words[at + 4]! >>> 0)
    const lateUs = atUs - tallies[m + Tally.phaseUs]! - offsetUs
    if (lateUs < punctual) this.#punctual[lateUs]!++
    else this.#late.record(lateUs)
    const most = (m >> 1) + Tally.maxLatenessUs
    if (lateUs > this.#doubles[most]!) this.#doubles[most] = lateUs
  }

  #send(words: Int32Array, at: number, m: number): void {
    this.#tick(words, at, m)
    const tallies = this.#words
    tallies[m + Tally.sent]!++
    tallies[m + Tally.lamport] = words[at + 6]!
    tallies[words[at + detail + 1]! * Tally.words + Tally.addressed]!++
    if (words[at + detail] === 2) tallies[words[at + detail + 2]! * Tally.words + Tally.addressed]!++
  }

  #receive(words: Int32Array, at: number, m: number): void {
    this.#tick(words, at, m)
    const tallies = this.#words
    tallies[m + Tally.received]!++
    const jump = words[at + 6]! - tallies[m + Tally.lamport]!
    tallies[m + Tally.lamport] = words[at + 6]!
    if (jump > tallies[m + Tally.largestJump]!) tallies[m + Tally.largestJump] = jump
    const isFirst = words[at + detail] === tallies[m + Tally.senderOne]
    tallies[m + (isFirst ? Tally.aheadOne : Tally.aheadTwo)]! += jump - 1
    this.#wait(m, Math.min(words[at + 3]! + 1, this.#capacity))
  }
}

const machinesIn = ({ words }: Tallied): number => words.length / Tally.words - 1

const statisticsOf = ({ words }: Tallied, doubles: Float64Array, machine: number): MachineStatistics => {
  const at = machine * Tally.words
  const of = (what: number): number => words[at + what]!
  return {
    machine,
    name: String(machine),
    rate: of(Tally.rate),
    ticks: of(Tally.internal) + of(Tally.sent) + of(Tally.received),
    internal: of(Tally.internal),
    sent: of(Tally.sent),
    received: of(Tally.received),
    dropped: of(Tally.dropped),
    missed: 0,
    lamport: of(Tally.lamport),
    maxQueueLength: of(Tally.maxQueueLength),
    largestJump: of(Tally.largestJump),
    maxLatenessUs: doubles[machine * Tally.doubles + Tally.maxLatenessUs]!,
  }
}

/** Every machine's numbers, each made when it is asked for: there may be a million. */
export const machines = (tallied: Tallied): MachineRows => {
  const doubles = new Float64Array(tallied.words.buffer)
  const length = machinesIn(tallied)
  function* rows(from: number, to: number) {
    for (let machine = from + 1; machine <= to; machine++) yield statisticsOf(tallied, doubles, machine)
  }
  return {
    length,
    slice: (from, to) => [...rows(from, Math.min(to, length))],
    [Symbol.iterator]: () => rows(0, length),
  }
}

/** What stands beside the prediction of a run that is over. */
export const measured = (tallied: Tallied, durationUs: number): Measured => ({
  seconds: durationUs / 1e6,
  downSeconds: 0,
  machines: Array.from({ length: machinesIn(tallied) }, (_, i) => {
    const at = (i + 1) * Tally.words
    const of = (what: number): number => tallied.words[at + what]!
    const ahead = [
      [of(Tally.senderOne), of(Tally.aheadOne)],
      [of(Tally.senderTwo), of(Tally.aheadTwo)],
    ].filter(([, ticks]) => ticks! > 0)
    return {
      machine: i + 1,
      ticks: of(Tally.internal) + of(Tally.sent) + of(Tally.received),
      received: of(Tally.received),
      addressed: of(Tally.addressed),
      dropped: of(Tally.dropped),
      missed: 0,
      lamport: of(Tally.lamport),
      ahead: Object.fromEntries(ahead),
    }
  }),
})
