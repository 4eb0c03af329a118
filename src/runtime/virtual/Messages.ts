/**
 * Every message of a run, on its way, at the door of a full inbox or in it: one pool that grows, with the places that
 * are free in a list of their own.
 */
import { Message } from "./Layout.ts"

export interface Messages {
  words: Int32Array
  doubles: Float64Array
  /** The first that is free; 0 is none. */
  free: number
  /** All from here on were never used. */
  fresh: number
  /** Makes room for so many more. */
  readonly reserve: (more: number) => void
}

const initialMessages = 1_024

export const make = (): Messages => {
  const hold = (room: number) => {
    const buffer = new ArrayBuffer(room * Message.words * 4)
    return { words: new Int32Array(buffer), doubles: new Float64Array(buffer) }
  }
  const self: Messages = {
    ...hold(initialMessages),
    free: 0,
    fresh: 1,
    reserve: (more) => {
      const room = self.words.length >> Message.shift
      if (self.fresh + more <= room) return
      const larger = hold(Math.max(2 * room, self.fresh + more))
      larger.words.set(self.words)
      Object.assign(self, larger)
    },
  }
  return self
}
