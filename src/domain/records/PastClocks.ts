/**
 * The vector clocks of `verification/VectorCheck` in whole numbers of 32 bits: for a sample of machines, how many of
 * their clock events lie in a machine's past, and the largest clock among these.
 *
 * A vector is a row that is never changed while somebody else holds it, too: a machine and the messages that it has sent
 * since it last heard news hold the same one, and all of whose past nothing is known hold row 0. A row for each message
 * was rejected: of a million machines most would be copies. The largest clock of all entries, and what is counted of
 * them, stand before the entries, as they change with them only. Rows come in chunks, so that growing moves nothing.
 *
 * Between two receipts that bring news a machine's past only grows by its own events, which all come after it: so it is
 * looked at when there is news, for all the events up to there, and an observed machine's own entry is written when it
 * sends. The clock of an event that brings no news is larger than the machine's one before, which was larger than all.
 */
import * as VectorCheck from "../verification/VectorCheck.ts"
import * as Machine from "./layout/Machine.ts"
import * as Row from "./layout/Row.ts"

const chunkBits = 12
const rowsPerChunk = 1 << chunkBits
const inChunk = rowsPerChunk - 1

/** Of a run up to some moment. */
export interface Compared {
  /** Pairs of an event and an observed machine with events in its past. */
  readonly compared: number
  /** How many events these are. */
  readonly pairs: number
}

export class PastClocks {
  /** Of what came before the last news: columns of one, for a number kept in an object is allocated at each change. */
  readonly #compared = new Float64Array(1)
  readonly #pairs = new Float64Array(1)

  readonly #size: number
  /** Machines, each with its row, beside what else an event is compared with. */
  readonly #machines: Int32Array
  readonly #observed: ReadonlyArray<number>
  /** Which entry a machine is that is observed. */
  readonly #entry: Int8Array
  readonly #words: Array<Int32Array> = []
  readonly #doubles: Array<Float64Array> = []
  #rows = 0
  #free = 0

  /** `words` are those of so many machines, by `Machine`. */
  constructor(words: Int32Array, machines: number) {
    this.#observed = VectorCheck.observedOf(machines)
    const width = this.#observed.length
    // Even, for the doubles in it.
    this.#size = Row.counts + width + (width & 1)
    this.#machines = words
    this.#entry = new Int8Array(machines + 1)
    for (const [entry, machine] of this.#observed.entries()) {
      this.#entry[machine] = entry
      words[(machine << Machine.shift) + Machine.past] = Machine.isObserved
    }
    // Row 0.
    this.#take()
  }

  /**
   * A receipt, whose tick and clock the machine already has, of a message whose send has this row and holds it no longer;
   * whether all that it comes after has a smaller clock.
   */
  receive(machine: number, sent: number): boolean {
    if (sent === 0) return true
    const m = (machine << Machine.shift)
    const row = this.#machines[m + Machine.past]! >> 1
    const holds = sent === row || this.#merge(machine, row, sent)
    this.release(sent)
    return holds
  }

  /** The row of a send, whose tick and clock the machine already has, to so many machines. */
  send(machine: number, messages: number): number {
    const past = this.#machines[(machine << Machine.shift) + Machine.past]!
    const row = (past & Machine.isObserved) === 0 ? past >> 1 : this.#raise(machine, past >> 1)
    if (row !== 0) this.#words[row >> chunkBits]![(row & inChunk) * this.#size]! += messages
    return row
  }

  /** Fetches a row for nothing but the cache; what was read is no use but to be kept. */
  fetch(row: number): number {
    const words = this.#words[row >> chunkBits]!
    const at = (row & inChunk) * this.#size
    return words[at]! ^ words[at + this.#size - 1]!
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

  finish(): Compared {
    const machines = this.#machines
    for (let m = Machine.words; m < machines.length; m += Machine.words)
      this.#look(m >> Machine.shift, machines[m + Machine.ticks]!)
    let [compared, pairs] = [this.#compared[0]!, this.#pairs[0]!]
    for (const machine of this.#observed) {
      const own = machines[(machine << Machine.shift) + Machine.ticks]!
      compared += Math.max(own - 1, 0)
      pairs += (own * (own - 1)) / 2
    }
    return { compared, pairs }
  }

  /** Counts what the machine's events up to this tick have of others in their past. */
  #look(machine: number, tick: number): void {
    const machines = this.#machines
    const m = (machine << Machine.shift)
    const past = machines[m + Machine.past]!
    const row = past >> 1
    const events = tick - machines[m + Machine.lookedAt]!
    machines[m + Machine.lookedAt] = tick
    if (row === 0) return
    const at = (row & inChunk) * this.#size
    const words = this.#words[row >> chunkBits]!
    let compared = words[at + Row.entries]!
    let pairs = this.#doubles[row >> chunkBits]![(at >> 1) + Row.events]!
    if ((past & Machine.isObserved) !== 0) {
      const own = words[at + Row.counts + this.#entry[machine]!]!
      if (own > 0) compared--
      pairs -= own
    }
    this.#compared[0]! += compared * events
    this.#pairs[0]! += pairs * events
  }

  #hold(machine: number, row: number): void {
    const at = (machine << Machine.shift) + Machine.past
    this.#machines[at] = (row << 1) | (this.#machines[at]! & Machine.isObserved)
  }

  /** Writes an observed machine's own entry, into its row or, if others hold that, into a new one: which. */
  #raise(machine: number, row: number): number {
    const isOwn = row !== 0 && this.#words[row >> chunkBits]![(row & inChunk) * this.#size] === 1
    const mine = isOwn ? row : this.#copy(machine, row)
    const words = this.#words[mine >> chunkBits]!
    const at = (mine & inChunk) * this.#size
    const own = at + Row.counts + this.#entry[machine]!
    const m = (machine << Machine.shift)
    const before = words[own]!
    const events = this.#machines[m + Machine.ticks]!
    if (before === 0) words[at + Row.entries]!++
    words[own] = events
    this.#doubles[mine >> chunkBits]![(at >> 1) + Row.events]! += events - before
    words[at + Row.largest] = this.#machines[m + Machine.lamport]!
    return mine
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

  /**
   * The larger of each entry, into the machine's row or, if others hold that, into a new one; whether all of it has a
   * smaller clock than the machine.
   */
  #merge(machine: number, row: number, sent: number): boolean {
    const mine = this.#words[row >> chunkBits]!
    const theirs = this.#words[sent >> chunkBits]!
    const size = this.#size
    const at = (row & inChunk) * size
    const from = (sent & inChunk) * size
    let entry = Row.counts
    while (entry < size && theirs[from + entry]! <= mine[at + entry]!) entry++
    // Nothing that is not known.
    if (entry === size) return true
    const m = (machine << Machine.shift)
    this.#look(machine, this.#machines[m + Machine.ticks]! - 1)
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
    const largest = Math.max(mine[at + Row.largest]!, theirs[from + Row.largest]!)
    into[to + Row.entries] = entries
    into[to + Row.largest] = largest
    this.#doubles[merged >> chunkBits]![(to >> 1) + Row.events] = events
    if (!isOwn) {
      into[to] = 1
      this.#hold(machine, merged)
      this.release(row)
    }
    return largest < this.#machines[m + Machine.lamport]!
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
