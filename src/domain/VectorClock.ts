/**
 * Vector clocks (Fidge 1988, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering";
 * Mattern 1988, "Virtual Time and Global States of Distributed Systems"): a machine keeps, for every machine
 * observed, how many of its events lie in its own past, and takes the larger of each number when a message
 * comes. Then a happened before b exactly if b's vector counts a.
 *
 * The same bookkeeping carries anything that only grows and is passed on by messages, so an entry may as well be
 * the largest clock in the past, or 1 once a certain event lies there. All vectors stand in two growing arrays, a row
 * for each machine and a row for each send whose messages are still in flight: a vector an object would cost a
 * hundred bytes more, and there may be millions in flight.
 */

const initialRows = 64

export class VectorClocks {
  /** Numbers of one vector. */
  readonly width: number
  readonly #machines: Float64Array
  #sends: Float64Array
  /** Messages that still hold a row; of a free row, minus the next free one (-1 ends the list). */
  #holders: Int32Array
  #rows = 0
  #free = -1

  /** Vectors of `width` numbers, all 0, for machines 1..`machines`. */
  constructor(machines: number, width: number) {
    this.width = width
    this.#machines = new Float64Array((machines + 1) * width)
    this.#sends = new Float64Array(initialRows * width)
    this.#holders = new Int32Array(initialRows)
  }

  /** Of a machine's vector, after the last of its events. */
  at(machine: number, entry: number): number {
    return this.#machines[machine * this.width + entry]!
  }

  /** Sets an entry of a machine to `value`, unless it is larger. */
  raise(machine: number, entry: number, value: number): void {
    const at = machine * this.width + entry
    if (this.#machines[at]! < value) this.#machines[at] = value
  }

  /** Of the vector that a send keeps. */
  ofSend(row: number, entry: number): number {
    return this.#sends[row * this.width + entry]!
  }

  /** Keeps the vector of a machine for so many messages of one send; the row's name. */
  send(machine: number, messages: number): number {
    const row = this.#take()
    const from = machine * this.width
    this.#sends.set(this.#machines.subarray(from, from + this.width), row * this.width)
    this.#holders[row] = messages
    return row
  }

  /** The machine hears of all that the send of this row knew. */
  receive(machine: number, row: number): void {
    const machines = this.#machines
    const sends = this.#sends
    let to = machine * this.width
    let from = row * this.width
    for (const end = from + this.width; from < end; from++, to++)
      if (machines[to]! < sends[from]!) machines[to] = sends[from]!
  }

  /** A message of this row is in flight no longer. */
  release(row: number): void {
    this.#holders[row]!--
    if (this.#holders[row]! > 0) return
    this.#holders[row] = this.#free
    this.#free = row
  }

  #take(): number {
    if (this.#free >= 0) {
      const row = this.#free
      this.#free = this.#holders[row]!
      return row
    }
    if (this.#rows === this.#holders.length) this.#grow()
    return this.#rows++
  }

  #grow(): void {
    const sends = new Float64Array(this.#sends.length * 2)
    const holders = new Int32Array(this.#holders.length * 2)
    sends.set(this.#sends)
    holders.set(this.#holders)
    this.#sends = sends
    this.#holders = holders
  }
}
