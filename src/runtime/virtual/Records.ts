/**
 * Where the event loop writes: the records of docs/SPEC.md, one after the other, in a buffer of its own that is
 * emptied by whoever reads them. Times are microseconds from the start.
 */
import { blockBytes } from "../../domain/Digest.ts"

const wordsPerBlock = blockBytes / 4
const detail = wordsPerBlock / 2
const two32 = 0x1_0000_0000
/** A power of two, so that multiplying by it is as exact as dividing, and faster. */
const perTwo32 = 1 / two32

export interface Records {
  /** Begins an event, whose detail is zero until it is written. */
  readonly begin: (
    machine: number,
    version: number,
    kind: number,
    queueLength: number,
    atUs: number,
    lamport: number,
  ) => void
  /** The beginning of the detail: a count and up to two machines, or how many messages are left. */
  readonly list: (count: number, first: number, second: number) => void
  readonly started: (rate: number, phaseUs: number, peers: number, a: number, b: number) => void
  /** A delivery, in the detail or where `half` says. */
  readonly delivery: (
    sender: number,
    sendVersion: number,
    senderLamport: number,
    sentUs: number,
    arrivedUs: number,
  ) => void
  /** The next delivery comes into the first half (0) of a following block, or the second (1) of the one begun. */
  readonly half: (which: number) => void
  readonly isFull: () => boolean
  /** What was written since the last `take`, valid until the next event is begun. */
  readonly take: () => Uint8Array
}

export const make = (blocks: number): Records => {
  // Twice what makes it full: only the messages left in an inbox may need more.
  let words = new Int32Array(2 * blocks * wordsPerBlock)
  let end = 0
  /** Where a detail is written. */
  let at = 0

  const grow = (): void => {
    const larger = new Int32Array(2 * words.length)
    larger.set(words)
    words = larger
  }
  return {
    begin: (machine, version, kind, queueLength, atUs, lamport) => {
      const from = end
      if (from + wordsPerBlock > words.length) grow()
      const into = words
      into[from] = machine
      into[from + 1] = version
      into[from + 2] = kind
      into[from + 3] = queueLength
      const high = Math.floor(atUs * perTwo32)
      into[from + 4] = (atUs - high * two32) | 0
      into[from + 5] = high
      into[from + 6] = lamport
      into[from + 7] = 0
      into[from + 8] = 0
      into[from + 9] = 0
      into[from + 10] = 0
      into[from + 11] = 0
      into[from + 12] = 0
      into[from + 13] = 0
      into[from + 14] = 0
      into[from + 15] = 0
      at = from + detail
      end = from + wordsPerBlock
    },
    list: (count, first, second) => {
      words[at] = count
      words[at + 1] = first
      words[at + 2] = second
    },
    started: (rate, phaseUs, peers, a, b) => {
      words[at] = rate
      words[at + 1] = phaseUs
      words[at + 2] = peers
      words[at + 3] = a
      words[at + 4] = b
    },
    delivery: (sender, sendVersion, senderLamport, sentUs, arrivedUs) => {
      const into = words
      into[at] = sender
      into[at + 1] = sendVersion
      into[at + 2] = senderLamport
      into[at + 3] = 0
      const sentHigh = Math.floor(sentUs * perTwo32)
      into[at + 4] = (sentUs - sentHigh * two32) | 0
      into[at + 5] = sentHigh
      const arrivedHigh = Math.floor(arrivedUs * perTwo32)
      into[at + 6] = (arrivedUs - arrivedHigh * two32) | 0
      into[at + 7] = arrivedHigh
    },
    half: (which) => {
      if (which === 1) {
        at += detail
        return
      }
      if (end + wordsPerBlock > words.length) grow()
      at = end
      end += wordsPerBlock
      words.fill(0, at, end)
    },
    isFull: () => end >= blocks * wordsPerBlock,
    take: () => {
      const taken = new Uint8Array(words.buffer, 0, end * 4)
      end = 0
      return taken
    },
  }
}
