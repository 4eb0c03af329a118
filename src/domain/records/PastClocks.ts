/**
 * The vector clocks of `verification/VectorCheck` in whole numbers of 32 bits: for a sample of machines, how many of
 * their clock events lie in a machine's past, and the largest clock among these.
 *
 * A vector is a row that is never changed while somebody else holds it, too: a machine and the messages that it has sent
 * since it last heard news hold the same one, and all of whose past nothing is known hold row 0. A row for each message
 * was rejected: of a million machines most would be copies. What an event is compared with, the largest clock of all
 * entries, and what is counted of it, stand before the entries, as they change with them only. Rows come in chunks, so
 * that growing moves nothing.
 */
import * as VectorCheck from "../verification/VectorCheck.ts"

const chunkBits = 12
const rowsPerChunk = 1 << chunkBits
const inChunk = rowsPerChunk - 1

/** A row, in words: machines and messages that hold it, or the next free one; then what is known of all its entries. */
const Row = {
  holders: 0,
  /** Entries that are not 0, and the largest clock among them. */
  entries: 1,
  largest: 2,
  /** In doubles from the row's beginning: the sum of its counts. */
  events: 2,
  /** The counts, one an entry, and after them the clocks. */
  counts: 6,
} as const

export class PastClocks {
  /** Pairs of an event and an observed machine with events in its past, and how many events these are. */
  readonly compared = new Float64Array(1)
  readonly pairs = new Float64Array(1)

  readonly #width: number
  readonly #size: number
  /** By machine: which entry it is, or -1; and its row. */
  readonly #entry: Int8Array
  readonly #row: Int32Array
  readonly #words: Array<Int32Array> = []
  readonly #doubles: Array<Float64Array> = []
  #rows = 0
  #free = 0

  constructor(machines: number) {
    const observed = VectorCheck.observedOf(machines)
    this.#width = observed.length
    this.#size = Row.counts + 2 * this.#width
    this.#entry = new Int8Array(machines + 1).fill(-1)
    for (const [entry, machine] of observed.entries()) this.#entry[machine] = entry
    this.#row = new Int32Array(machines + 1)
    // Row 0.
    this.#take()
  }

  /** A clock event; whether all that it comes after has a smaller clock. */
  step(machine: number, lamport: number): boolean {
    const row = this.#row[machine]!
    let largest = -1
    if (row !== 0) {
      const at = (row & inChunk) * this.#size
      const words = this.#words[row >> chunkBits]!
      this.compared[0]! += words[at + Row.entries]!
      this.pairs[0]! += this.#doubles[row >> chunkBits]![(at >> 1) + Row.events]!
      largest = words[at + Row.largest]!
    }
    if (this.#entry[machine]! >= 0) this.#raise(machine, row, lamport)
    return largest < lamport
  }

  /** The same of a receipt of a message whose send has this row, which it then holds no longer. */
  receive(machine: number, lamport: number, sent: number): boolean {
    if (sent !== 0) {
      if (sent !== this.#row[machine]) this.#merge(machine, this.#row[machine]!, sent)
      this.release(sent)
    }
    return this.step(machine, lamport)
  }

  /** The row of a send to so many machines. */
  send(machine: number, messages: number): number {
    const row = this.#row[machine]!
    if (row !== 0) this.#words[row >> chunkBits]![(row & inChunk) * this.#size]! += messages
    return row
  }

  /** A message of this row is in flight no longer. */
  release(row: number): void {
    if (row === 0) return
    const words = this.#words[row >> chunkBits]!
    const at = (row & inChunk) * this.#size
    if (--words[at]! > 0) return
    words[at] = this.#free
    this.#free = row
  }

  #raise(machine: number, row: number, lamport: number): void {
    const isOwn = row !== 0 && this.#words[row >> chunkBits]![(row & inChunk) * this.#size] === 1
    const mine = isOwn ? row : this.#copy(machine, row)
    const words = this.#words[mine >> chunkBits]!
    const at = (mine & inChunk) * this.#size
    const own = at + Row.counts + this.#entry[machine]!
    if (words[own] === 0) words[at + Row.entries]!++
    words[own]!++
    words[own + this.#width] = lamport
    this.#doubles[mine >> chunkBits]![(at >> 1) + Row.events]!++
    if (words[at + Row.largest]! < lamport) words[at + Row.largest] = lamport
  }

  #copy(machine: number, row: number): number {
    const copy = this.#take()
    const from = this.#words[row >> chunkBits]!
    const into = this.#words[copy >> chunkBits]!
    const size = this.#size
    const [at, to] = [(row & inChunk) * size, (copy & inChunk) * size]
    for (let i = Row.entries; i < size; i++) into[to + i] = from[at + i]!
    into[to] = 1
    this.#row[machine] = copy
    this.release(row)
    return copy
  }

  /** The larger of each entry, into the machine's row or, if others hold that, into a new one. */
  #merge(machine: number, row: number, sent: number): void {
    const mine = this.#words[row >> chunkBits]!
    const theirs = this.#words[sent >> chunkBits]!
    const at = (row & inChunk) * this.#size
    const isOwn = row !== 0 && mine[at] === 1
    const merged = isOwn ? row : this.#take()
    const into = this.#words[merged >> chunkBits]!
    const to = (merged & inChunk) * this.#size
    const news = this.#mergeEntries(mine, at, theirs, (sent & inChunk) * this.#size, into, to)
    if (news) this.#doubles[merged >> chunkBits]![(to >> 1) + Row.events] = this.#sum(into, to)
    if (isOwn) return
    into[to] = 1
    if (news) this.#row[machine] = merged
    this.release(news ? row : merged)
  }

  /** Whether anything came of it. */
  #mergeEntries(
    mine: Int32Array,
    at: number,
    theirs: Int32Array,
    from: number,
    into: Int32Array,
    to: number,
  ): boolean {
    const size = this.#size
    let news = 0
    for (let i = Row.counts; i < size; i++) {
      const own = mine[at + i]!
      const other = theirs[from + i]!
      news |= own - other
      into[to + i] = Math.max(own, other)
    }
    into[to + Row.largest] = Math.max(mine[at + Row.largest]!, theirs[from + Row.largest]!)
    return news < 0
  }

  #sum(words: Int32Array, at: number): number {
    const end = at + Row.counts + this.#width
    let [events, entries] = [0, 0]
    for (let i = at + Row.counts; i < end; i++) {
      events += words[i]!
      if (words[i] !== 0) entries++
    }
    words[at + Row.entries] = entries
    return events
  }

  #take(): number {
    const row = this.#free
    if (row !== 0) {
      this.#free = this.#words[row >> chunkBits]![(row & inChunk) * this.#size]!
      return row
    }
    if (this.#rows >> chunkBits === this.#words.length) {
      const words = new Int32Array(rowsPerChunk * this.#size)
      this.#words.push(words)
      this.#doubles.push(new Float64Array(words.buffer))
    }
    return this.#rows++
  }
}
