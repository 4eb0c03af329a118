/**
 * Where the event loop writes: the records of docs/SPEC.md, one after the other, in a buffer of its own that is
 * emptied by whoever reads them. Times are microseconds from the start.
 */
import { blockBytes } from "../../domain/Digest.ts"

const wordsPerBlock = blockBytes / 4
const two32 = 0x1_0000_0000

export interface Records {
  /** Begins an event: its first block, whose detail is zero; `word` then counts from there. */
  readonly begin: (
    machine: number,
    version: number,
    kind: number,
    queueLength: number,
    atUs: number,
    lamport: number,
  ) => void
  /** Appends to the detail of the event that was begun last, going on into following blocks. */
  readonly u32: (value: number) => void
  readonly i64: (value: number) => void
  readonly isFull: () => boolean
  /** What was written since the last `take`, valid until the next event is begun. */
  readonly take: () => Uint8Array
}

export const make = (blocks: number): Records => {
  let words = new Int32Array(2 * blocks * wordsPerBlock)
  /** The end of the blocks in use, and of what is written in them. */
  let [end, at] = [0, 0]

  const block = (): number => {
    const begun = end
    end += wordsPerBlock
    if (end > words.length) {
      const larger = new Int32Array(2 * words.length)
      larger.set(words)
      words = larger
    }
    return begun
  }
  const u32 = (value: number): void => {
    if (at === end) {
      block()
      words.fill(0, at, end)
    }
    words[at++] = value
  }
  return {
    begin: (machine, version, kind, queueLength, atUs, lamport) => {
      const from = block()
      words[from] = machine
      words[from + 1] = version
      words[from + 2] = kind
      words[from + 3] = queueLength
      words[from + 4] = atUs
      words[from + 5] = Math.floor(atUs / two32)
      words[from + 6] = lamport
      words[from + 7] = 0
      at = from + 8
      words.fill(0, at, end)
    },
    u32,
    i64: (value) => {
      u32(value)
      u32(Math.floor(value / two32))
    },
    isFull: () => end >= blocks * wordsPerBlock,
    take: () => {
      const taken = new Uint8Array(words.buffer, 0, end * 4)
      end = 0
      at = 0
      return taken
    },
  }
}
