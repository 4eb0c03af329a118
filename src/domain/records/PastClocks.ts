/**
 * The vector clocks of `verification/VectorCheck` in whole numbers of 32 bits: for a sample of machines, how many of
 * their clock events lie in a machine's past, and the largest clock among these.
 *
 * A vector is a row that is never changed while somebody else holds it, too: a machine and the messages that it has sent
 * since it last heard news hold the same one, and all of whose past nothing is known hold row 0. A row for each message
 * was rejected: of a million machines most would be copies. The largest clock of all entries, and what is counted of
 * them, stand before the entries, as they change with them only.
 *
 * Between two receipts that bring news a machine's past only grows by its own events, which all come after it: so it is
 * looked at when there is news, for all the events up to there, and an observed machine's own entry is written when it
 * sends. The clock of an event that brings no news is larger than the machine's one before, which was larger than all.
 */
import * as VectorCheck from "../verification/VectorCheck.ts"
import * as Columns from "./Columns.ts"
import * as Machine from "./layout/Machine.ts"
import * as Row from "./layout/Row.ts"

const initialRows = 1_024

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
  #words: Int32Array
  #doubles: Float64Array
  /** The first of the rows that nobody holds any longer, and the first that nobody ever held; row 0 stays as it is. */
  #free = 0
  #fresh: number

  /** `words` are those of so many machines, by `Machine`. */
  constructor(words: Int32Array, machines: number) {
    this.#observed = VectorCheck.observedOf(machines)
    const width = this.#observed.length
    this.#size = Row.counts + width + (width & 1)
    const rows = Columns.make(initialRows * this.#size)
    this.#words = rows.words
    this.#doubles = rows.doubles
    this.#fresh = this.#size
    this.#machines = words
    this.#entry = new Int8Array(machines + 1)
    for (const [entry, machine] of this.#observed.entries()) {
      this.#entry[machine] = entry
      words[(machine << Machine.shift) + Machine.past] = Machine.isObserved
    }
  }

  /** Makes room for so many more rows: an event takes one at most. */
  reserve(rows: number): void {
    let { length } = this.#words
    while (this.#fresh + rows * this.#size > length) length *= 2
    if (length === this.#words.length) return
    const larger = Columns.grown(this.#words, length)
    this.#words = larger.words
    this.#doubles = larger.doubles
  }

  /**
   * A receipt, whose tick and clock the machine already has, of a message whose send has this row, not 0, and holds it no
   * longer; whether all that it comes after has a smaller clock.
   */
  receive(machine: number, sent: number): boolean {
    const words = this.#words
    const row = this.#machines[(machine << Machine.shift) + Machine.past]! >> 1
    const holds =
      row !== 0 && words[row] === 1 ? this.#learn(machine, row, sent) : this.#merge(machine, row, sent)
    this.release(sent)
    return holds
  }

  /** The row of a send, whose tick and clock the machine already has, to so many machines. */
  send(machine: number, messages: number): number {
    const past = this.#machines[(machine << Machine.shift) + Machine.past]!
    const row = (past & Machine.isObserved) === 0 ? past >> 1 : this.#raise(machine, past >> 1)
    if (row !== 0) this.#words[row]! += messages
    return row
  }

  /** Fetches a row for nothing but the cache; what was read is no use but to be kept. */
  fetch(row: number): number {
    const words = this.#words
    return words[row]! ^ words[row + this.#size - 1]!
  }

  /** A message of this row is in flight no longer. */
  release(row: number): void {
    if (row === 0) return
    const words = this.#words
    const holders = words[row]! - 1
    if (holders > 0) words[row] = holders
    else {
      words[row] = this.#free
      this.#free = row
    }
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
    const m = machine << Machine.shift
    const past = machines[m + Machine.past]!
    const row = past >> 1
    const events = tick - machines[m + Machine.lookedAt]!
    machines[m + Machine.lookedAt] = tick
    if (row === 0) return
    const words = this.#words
    let compared = words[row + Row.entries]!
    let pairs = this.#doubles[(row >> 1) + Row.events]!
    if ((past & Machine.isObserved) !== 0) {
      const own = words[row + Row.counts + this.#entry[machine]!]!
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
    const words = this.#words
    const mine = row !== 0 && words[row] === 1 ? row : this.#copy(machine, row)
    const own = mine + Row.counts + this.#entry[machine]!
    const m = machine << Machine.shift
    const before = words[own]!
    const events = this.#machines[m + Machine.ticks]!
    if (before === 0) words[mine + Row.entries]!++
    words[own] = events
    this.#doubles[(mine >> 1) + Row.events]! += events - before
    words[mine + Row.largest] = this.#machines[m + Machine.lamport]!
    return mine
  }

  #copy(machine: number, row: number): number {
    const copy = this.#take()
    const words = this.#words
    const size = this.#size
    for (let i = Row.entries; i < size; i++) words[copy + i] = words[row + i]!
    words[copy] = 1
    this.#hold(machine, copy)
    this.release(row)
    return copy
  }

  /** The larger of each entry, into the machine's row, which nobody else holds; whether all of it has a smaller clock. */
  #learn(machine: number, row: number, sent: number): boolean {
    const words = this.#words
    const size = this.#size
    // As in the loop of ticks; and two entries at a time, as a turn costs as much as an entry.
    const most = 0x3fff_ffff
    let events = 0
    let entries = 0
    for (let i: number = Row.counts; i < size; i += 2) {
      const mine = (row + i) & most
      const theirs = (sent + i) & most
      const one = Math.max(words[mine]!, words[theirs]!)
      const two = Math.max(words[mine + 1]!, words[theirs + 1]!)
      words[mine] = one
      words[mine + 1] = two
      events += one + two
      entries -= (-one >> 31) + (-two >> 31)
    }
    const sum = (row >> 1) + Row.events
    // Counts only grow: nothing that was not known.
    if (events === this.#doubles[sum]) return true
    const m = machine << Machine.shift
    this.#look(machine, this.#machines[m + Machine.ticks]! - 1)
    const largest = Math.max(words[row + Row.largest]!, words[sent + Row.largest]!)
    words[row + Row.entries] = entries
    words[row + Row.largest] = largest
    this.#doubles[sum] = events
    return largest < this.#machines[m + Machine.lamport]!
  }

  /** The same where others hold the machine's row, too: into a copy of its own, if there is news. */
  #merge(machine: number, row: number, sent: number): boolean {
    const words = this.#words
    const size = this.#size
    const most = 0x3fff_ffff
    // Negative once an entry of theirs is larger: without a branch, as nobody can guess which, if any.
    let news = 0
    for (let i: number = Row.counts; i < size; i += 2) {
      const mine = (row + i) & most
      const theirs = (sent + i) & most
      news |= (words[mine]! - words[theirs]!) | (words[mine + 1]! - words[theirs + 1]!)
    }
    return news >= 0 || this.#learn(machine, this.#copy(machine, row), sent)
  }

  #take(): number {
    const row = this.#free
    if (row !== 0) {
      this.#free = this.#words[row]!
      return row
    }
    const fresh = this.#fresh
    this.#fresh += this.#size
    return fresh
  }
}
