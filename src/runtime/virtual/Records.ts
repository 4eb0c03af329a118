/**
 * Where the event loop writes: the records of docs/SPEC.md, one after the other, in a buffer of its own that is
 * emptied by whoever reads them. Times are microseconds from the start.
 *
 * The records of ticks, nearly all there are, the loop writes itself; the rest go through here.
 */
import { blockBytes } from "../../domain/Digest.ts"
import * as Columns from "../../domain/records/Columns.ts"
import { Message } from "./Layout.ts"

export const wordsPerBlock = blockBytes / 4
const detail = wordsPerBlock / 2
export const two32 = 0x1_0000_0000
/** A power of two, so that multiplying by it is as exact as dividing, and faster. */
export const perTwo32 = 1 / two32

export class Records {
  words: Int32Array
  /** The same memory. */
  doubles: Float64Array
  /** The word after the last that is written. */
  end = 0
  /** Where a detail is written. */
  #at = 0

  /** With room for so many blocks; more are made room for where an inbox is written out. */
  constructor(blocks: number) {
    const { words, doubles } = Columns.make(blocks * wordsPerBlock)
    this.words = words
    this.doubles = doubles
  }

  /** Begins an event, whose detail is zero until it is written. */
  begin(
    machine: number,
    version: number,
    kind: number,
    queueLength: number,
    atUs: number,
    lamport: number,
  ): void {
    const from = this.#newBlock()
    const high = Math.floor(atUs * perTwo32)
    this.words.set([machine, version, kind, queueLength, (atUs - high * two32) | 0, high, lamport], from)
    this.#at = from + detail
  }

  /** The beginning of the detail. */
  detail(...words: ReadonlyArray<number>): void {
    this.words.set(words, this.#at)
  }

  /** A message that arrived, in the detail or where `half` says. */
  delivery(messages: Int32Array, node: number): void {
    const from = node << Message.shift
    const [into, at] = [this.words, this.#at]
    into[at] = messages[from + Message.sender]!
    into[at + 1] = messages[from + Message.sendVersion]!
    into[at + 2] = messages[from + Message.senderLamport]!
    for (let i = 0; i < 4; i++) into[at + 4 + i] = messages[from + Message.sent + i]!
  }

  /** The next delivery comes into the first half (0) of a following block, or the second (1) of the one begun. */
  half(which: number): void {
    this.#at = which === 1 ? this.#at + detail : this.#newBlock()
  }

  /** What was written since the last `take`, valid until the next event is begun. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.words.buffer as ArrayBuffer, this.words.byteOffset, this.end * 4)
    this.end = 0
    return taken
  }

  #newBlock(): number {
    const from = this.end
    this.end += wordsPerBlock
    if (this.end > this.words.length) {
      const { words, doubles } = Columns.grown(this.words, 2 * this.words.length)
      this.words = words
      this.doubles = doubles
    }
    this.words.fill(0, from, this.end)
    return from
  }
}
