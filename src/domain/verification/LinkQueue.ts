/**
 * The messages in flight on one link, oldest first, found by their send version.
 *
 * A link is FIFO, so almost every search ends at the head; the rest bisect, since versions rise. One growing
 * ring of numbers (version, clock, time, tag: 32 bytes a message) holds them, because a map of objects takes five
 * times that, and millions may be in flight. A message disposed of out of turn (drop-newest) keeps its place,
 * its version negated, until it reaches the head or the ring needs the room.
 */
const width = 4
const initialCapacity = 4
const empty = new Float64Array(0)

export class LinkQueue {
  /** Versions: the newest sent, taken, and disposed of in any way; 0 before the first. */
  newestSent = 0
  newestTaken = 0
  newestDisposed = 0
  /** The newest that was dropped on arrival, and in which life of the recipient. */
  newestRefused = 0
  refusedInLife = 0
  /** How far the `stopped` event at hand has listed the link: its life, the index after the last listed, and which. */
  listedInLife = 0
  listedTo = 0
  listed?: Set<number>

  #words = empty
  #head = 0
  #length = 0
  #holes = 0

  /** Places, those of messages disposed of out of turn included. */
  get length(): number {
    return this.#length
  }

  /** Messages in flight. */
  get size(): number {
    return this.#length - this.#holes
  }

  #offset(index: number): number {
    const at = this.#head + index * width
    return at < this.#words.length ? at : at - this.#words.length
  }

  /** `tag` is the caller's own: a number to be had back with the message. */
  push(version: number, lamport: number, sentAtUs: number, tag = 0): void {
    if (this.#length * width === this.#words.length) this.#makeRoom()
    const at = this.#offset(this.#length++)
    this.#words[at] = version
    this.#words[at + 1] = lamport
    this.#words[at + 2] = sentAtUs
    this.#words[at + 3] = tag
    this.newestSent = version
  }

  #makeRoom(): void {
    const kept = this.size
    const capacity = Math.max(initialCapacity, kept * 2)
    const words = new Float64Array(capacity * width)
    let to = 0
    for (let index = 0; index < this.#length; index++) {
      const at = this.#offset(index)
      if (this.#words[at]! < 0) continue
      words[to++] = this.#words[at]!
      words[to++] = this.#words[at + 1]!
      words[to++] = this.#words[at + 2]!
      words[to++] = this.#words[at + 3]!
    }
    this.#words = words
    this.#head = 0
    this.#length = kept
    this.#holes = 0
  }

  /** The index of a message in flight, 0 being the oldest; -1 if it is not. */
  find(version: number): number {
    let low = 0
    let high = this.#length - 1
    if (high >= 0 && this.#words[this.#head] === version) return 0
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.#words[this.#offset(middle)]!
      if (found === version) return middle
      if (Math.abs(found) < version) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** The first index from `index` on that holds a message in flight. */
  next(index: number): number {
    while (index < this.#length && this.#words[this.#offset(index)]! < 0) index++
    return index
  }

  version(index: number): number {
    return this.#words[this.#offset(index)]!
  }

  lamport(index: number): number {
    return this.#words[this.#offset(index) + 1]!
  }

  /** The clock of the send, null where it was pushed as unknown (negative). */
  clocked(index: number): number | null {
    const lamport = this.lamport(index)
    return lamport < 0 ? null : lamport
  }

  sentAtUs(index: number): number {
    return this.#words[this.#offset(index) + 2]!
  }

  tag(index: number): number {
    return this.#words[this.#offset(index) + 3]!
  }

  dispose(index: number): void {
    const at = this.#offset(index)
    this.newestDisposed = Math.max(this.newestDisposed, this.#words[at]!)
    this.#words[at] = -this.#words[at]!
    this.#holes++
    while (this.#length > 0 && this.#words[this.#head]! < 0) {
      this.#head = this.#offset(1)
      this.#length--
      this.#holes--
    }
  }
}
