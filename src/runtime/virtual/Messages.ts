/**
 * Every message of a run, on its way, at the door of a full inbox or in it: one pool that grows, with the places that
 * are free in a list of their own.
 */
import { Message } from "./Layout.ts"

const initialMessages = 1_024

export class Messages {
  words = new Int32Array(initialMessages * Message.words)
  /** The same memory. */
  doubles = new Float64Array(this.words.buffer)
  /** The first that is free; 0 is none. */
  free = 0
  /** All from here on were never used. */
  fresh = 1

  /** Makes room for so many more. */
  reserve(more: number): void {
    const room = this.words.length >> Message.shift
    if (this.fresh + more <= room) return
    const larger = new Int32Array(Math.max(2 * room, this.fresh + more) * Message.words)
    larger.set(this.words)
    this.words = larger
    this.doubles = new Float64Array(larger.buffer)
  }
}
