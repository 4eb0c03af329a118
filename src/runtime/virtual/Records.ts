/**
 * Where the event loop writes: the records of docs/SPEC.md, one after the other, in a buffer of its own that is
 * emptied by whoever reads them. Times are microseconds from the start.
 *
 * The records of ticks, nearly all there are, the loop writes itself; the rest go through here.
 */
import { blockBytes } from "../../domain/Digest.ts"
import { Message } from "./Layout.ts"

export const wordsPerBlock = blockBytes / 4
const detail = wordsPerBlock / 2
export const two32 = 0x1_0000_0000
/** A power of two, so that multiplying by it is as exact as dividing, and faster. */
export const perTwo32 = 1 / two32

export interface Records {
  words: Int32Array
  /** The same memory. */
  doubles: Float64Array
  /** The word after the last that is written. */
  end: number
  /** Begins an event, whose detail is zero until it is written. */
  readonly begin: (
    machine: number,
    version: number,
    kind: number,
    queueLength: number,
    atUs: number,
    lamport: number,
  ) => void
  /** The beginning of the detail. */
  readonly detail: (...words: ReadonlyArray<number>) => void
  /** A message that arrived, in the detail or where `half` says. */
  readonly delivery: (messages: Int32Array, node: number) => void
  /** The next delivery comes into the first half (0) of a following block, or the second (1) of the one begun. */
  readonly half: (which: number) => void
  /** What was written since the last `take`, valid until the next event is begun. */
  readonly take: () => Uint8Array
}

/** With room for so many blocks; more are made room for where an inbox is written out. */
export const make = (blocks: number): Records => {
  /** Where a detail is written. */
  let at = 0
  const newBlock = (): number => {
    const from = self.end
    self.end += wordsPerBlock
    if (self.end > self.words.length) {
      const larger = new Int32Array(2 * self.words.length)
      larger.set(self.words)
      self.words = larger
      self.doubles = new Float64Array(larger.buffer)
    }
    self.words.fill(0, from, self.end)
    return from
  }
  const words = new Int32Array(blocks * wordsPerBlock)
  const self: Records = {
    words,
    doubles: new Float64Array(words.buffer),
    end: 0,
    begin: (machine, version, kind, queueLength, atUs, lamport) => {
      const from = newBlock()
      const high = Math.floor(atUs * perTwo32)
      self.words.set([machine, version, kind, queueLength, (atUs - high * two32) | 0, high, lamport], from)
      at = from + detail
    },
    detail: (...words) => self.words.set(words, at),
    delivery: (messages, node) => {
      const from = node << Message.shift
      const into = self.words
      into[at] = messages[from + Message.sender]!
      into[at + 1] = messages[from + Message.sendVersion]!
      into[at + 2] = messages[from + Message.senderLamport]!
      for (let i = 0; i < 4; i++) into[at + 4 + i] = messages[from + Message.sent + i]!
    },
    half: (which) => {
      at = which === 1 ? at + detail : newBlock()
    },
    take: () => {
      const taken = new Uint8Array(self.words.buffer, 0, self.end * 4)
      self.end = 0
      return taken
    },
  }
  return self
}
