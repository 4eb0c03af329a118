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
import * as Machine from "./layout/Machine.ts"
import * as Row from "./layout/Row.ts"

const chunkBits = 12
const rowsPerChunk = 1 << chunkBits
const inChunk = rowsPerChunk - 1

export class PastClocks {
  /** Pairs of an event and an observed machine with events in its past, and how many events these are. */
  readonly compared = new Float64Array(1)
  readonly pairs = new Float64Array(1)

  readonly #width: number
  readonly #size: number
  /** Machines, each with its row, beside what else an event is compared with. */
  readonly #machines: Int32Array
  /** Which entry a machine is that is observed. */
  readonly #entry: Int8Array
  readonly #words: Array<Int32Array> = []
  readonly #doubles: Array<Float64Array> = []
  #rows = 0
  #free = 0

  /** `words` are those of so many machines, by `Machine`. */
  constructor(words: Int32Array, machines: number) {
    const observed = VectorCheck.observedOf(machines)
    this.#width = observed.length
    // Even, for the doubles in it.
    this.#size = Row.counts + this.#width + (this.#width & 1)
    this.#machines = words
    this.#entry = new Int8Array(machines + 1)
    for (const [entry, machine] of observed.entries()) {
      this.#entry[machine] = entry
      words[machine * Machine.words + Machine.past] = Machine.isObserved
    }
    // Row 0.
    this.#take()
  }

  /** A clock event; whether all that it comes after has a smaller clock. */
  step(machine: number, lamport: number): boolean {
    const past = this.#machines[machine * Machine.words + Machine.past]!
    const row = past >> 1
    let largest = -1
    if (row !== 0) {
      const at = (row & inChunk) * this.#size
      const words = this.#words[row >> chunkBits]!
      this.compared[0]! += words[at + Row.entries]!
      this.pairs[0]! += this.#doubles[row >> chunkBits]![(at >> 1) + Row.events]!
      largest = words[at + Row.largest]!
    }
    if ((past & Machine.isObserved) !== 0) this.#raise(machine, row, lamport)
    return largest < lamport
  }

  /** The same of a receipt of a message whose send has this row, which it then holds no longer. */
  receive(machine: number, lamport: number, sent: number): boolean {
    if (sent !== 0) {
      const row = this.#rowOf(machine)
      if (sent !== row) this.#merge(machine, row, sent)
      this.release(sent)
    }
    return this.step(machine, lamport)
  }

  /** The row of a send to so many machines. */
  send(machine: number, messages: number): number {
    const row = this.#rowOf(machine)
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

  #rowOf(machine: number): number {
    return this.#machines[machine * Machine.words + Machine.past]! >> 1
  }

  #hold(machine: number, row: number): void {
    const at = machine * Machine.words + Machine.past
    this.#machines[at] = (row << 1) | (this.#machines[at]! & Machine.isObserved)
  }

  #raise(machine: number, row: number, lamport: number): void {
    const isOwn = row !== 0 && this.#words[row >> chunkBits]![(row & inChunk) * this.#size] === 1
    const mine = isOwn ? row : this.#copy(machine, row)
    const words = this.#words[mine >> chunkBits]!
    const at = (mine & inChunk) * this.#size
    const own = at + Row.counts + this.#entry[machine]!
    if (words[own] === 0) words[at + Row.entries]!++
    words[own]!++
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
    this.#hold(machine, copy)
    this.release(row)
    return copy
  }

  /** The larger of each entry, into the machine's row or, if others hold that, into a new one. */
  #merge(machine: number, row: number, sent: number): void {
    const mine = this.#words[row >> chunkBits]!
    const theirs = this.#words[sent >> chunkBits]!
    const size = this.#size
    const at = (row & inChunk) * size
    const from = (sent & inChunk) * size
    let entry = Row.counts
    while (entry < size && theirs[from + entry]! <= mine[at + entry]!) entry++
    // Nothing that is not known.
    if (entry === size) return
    const isOwn = row !== 0 && mine[at] === 1
    const merged = isOwn ? row : this.#take()
    const into = this.#words[merged >> chunkBits]!
    const to = (merged & inChunk) * size
    let [events, entries] = [0, 0]
    for (let i = Row.counts; i < size; i++) {
      const count = Math.max(mine[at + i]!, theirs[from + i]!)
      into[to + i] = count
      events += count
      if (count !== 0) entries++
    }
    into[to + Row.entries] = entries
    into[to + Row.largest] = Math.max(mine[at + Row.largest]!, theirs[from + Row.largest]!)
    this.#doubles[merged >> chunkBits]![(to >> 1) + Row.events] = events
    if (isOwn) return
    into[to] = 1
    this.#hold(machine, merged)
    this.release(row)
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
