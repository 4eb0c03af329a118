/**
 * What the event loop makes, gathered into blocks of records that are stored one by one. There is memory for two:
 * while one is stored the next is made.
 */
import { type EventRecords, extentOf, offsetOf } from "../../domain/RecordDecoder.ts"
import type { EventLoop } from "./EventLoop.ts"

export interface Blocks {
  /** Has the loop make some thousands of events more; false once there are none. */
  readonly make: () => boolean
  /** Events in the block that is being made. */
  readonly held: () => number
  /** That block; valid until the one after it is taken. */
  readonly take: () => EventRecords
  /** Of the run's own stream, what was made last; and the latest time of any event, microseconds since the epoch. */
  readonly runVersion: () => number
  readonly lastUs: () => number
}

const initialBytes = 1_048_576

/**
 * `stored` events of the loop are in the log already, and made again without being kept; the run's own stream begins
 * with `begun` events that are not the loop's.
 */
export const make = (loop: Pick<EventLoop, "next">, startUs: number, stored: number, begun = 1): Blocks => {
  let bytes = new Uint8Array(initialBytes)
  let other = new Uint8Array(initialBytes)
  let [end, held, left] = [0, 0, stored]
  /** Of the run's own stream: before the block that is being made, and after it. */
  let [before, after] = [begun, begun]
  let lastUs = startUs

  const keep = (records: Uint8Array): void => {
    if (end + records.length > bytes.length) {
      const larger = new Uint8Array(Math.max(2 * bytes.length, end + records.length))
      larger.set(bytes.subarray(0, end))
      bytes = larger
    }
    bytes.set(records, end)
    end += records.length
  }
  return {
    make: () => {
      const records = loop.next()
      if (records.length === 0) return false
      const made = extentOf(records)
      lastUs = Math.max(lastUs, startUs + made.lastUs)
      const again = Math.min(left, made.events)
      left -= again
      const from = offsetOf(records, again)
      const kept = records.subarray(from)
      if (again > 0) before += extentOf(records.subarray(0, from)).faults
      after += made.faults
      held += made.events - again
      keep(kept)
      return true
    },
    held: () => held,
    take: () => {
      const block = { bytes: bytes.subarray(0, end), events: held, startUs, runVersion: before }
      const free = other
      other = bytes
      bytes = free
      end = 0
      held = 0
      before = after
      return block
    },
    runVersion: () => after,
    lastUs: () => lastUs,
  }
}
