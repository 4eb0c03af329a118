/**
 * Every message of a run, on its way, at the door of a full inbox or in it: one pool that grows, with the places that
 * are free in a list of their own.
 */
import * as Columns from "../../domain/records/Columns.ts"
import { Message } from "./Layout.ts"

const initialMessages = 1_024

export class Messages {
  words: Int32Array
  /** The same memory. */
  doubles: Float64Array
  /** The first that is free; 0 is none. */
  free = 0
  /** All from here on were never used. */
  fresh = 1

  constructor() {
    const { words, doubles } = Columns.make(initialMessages * Message.words)
    this.words = words
    this.doubles = doubles
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    const room = this.words.length >> Message.shift
    if (this.fresh + more <= room) return
    const { words, doubles } = Columns.grown(
      this.words,
      Math.max(2 * room, this.fresh + more) * Message.words,
    )
    this.words = words
    this.doubles = doubles
  }
}
