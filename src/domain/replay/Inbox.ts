/**
 * The inbox of one machine as its record lets it be rebuilt.
 *
 * When a message entered is not an event of its own: it becomes known when the message is taken, dropped from
 * the head or listed by `stopped`, in the order of arrival, since an inbox is first in, first out. So the
 * length at an event is settled once an arrival later than the event has become known, or `stopped` has listed
 * all; until then the event waits here. In a life cut short the last ones are never settled.
 */
export interface Settled {
  readonly position: number
  readonly version: number
  readonly recorded: number
  readonly replayed: number
}

const width = 4
/** Where settled events are given back. */
const compactFrom = 1_024

export class Inbox {
  /** Events whose length could not be rebuilt. */
  unsettled = 0
  #arrived = 0
  #disposed = 0
  /** Per waiting event: position, version, time, and length recorded plus disposals until then. */
  #waiting: Array<number> = []
  #head = 0
  #disposedAt: Array<number> = []

  readonly #settled: (settled: Settled) => void

  constructor(settled: (settled: Settled) => void) {
    this.#settled = settled
  }

  /** A life begins with an empty inbox. */
  begin(): void {
    this.unsettled += this.#waiting.length / width - this.#head
    this.#waiting = []
    this.#disposedAt = []
    this.#head = 0
    this.#arrived = 0
    this.#disposed = 0
  }

  #settleBefore(arrivedAtUs: number): void {
    while (this.#head * width < this.#waiting.length) {
      const at = this.#head * width
      if (this.#waiting[at + 2]! > arrivedAtUs) break
      const replayed = this.#arrived - this.#disposedAt[this.#head]!
      this.#settled({
        position: this.#waiting[at]!,
        version: this.#waiting[at + 1]!,
        recorded: this.#waiting[at + 3]!,
        replayed,
      })
      this.#head++
    }
    if (this.#head < compactFrom || this.#head * width * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head * width)
    this.#disposedAt = this.#disposedAt.slice(this.#head)
    this.#head = 0
  }

  /** The next message in the order of arrival entered at this time. */
  arrive(arrivedAtUs: number): void {
    this.#settleBefore(arrivedAtUs)
    this.#arrived++
  }

  /** The oldest message left. */
  dispose(): void {
    this.#disposed++
  }

  /** An event records this length. */
  record(position: number, version: number, timeUs: number, length: number): void {
    this.#waiting.push(position, version, timeUs, length)
    this.#disposedAt.push(this.#disposed)
  }

  /** All that is left has been listed. */
  close(): void {
    this.#settleBefore(Number.POSITIVE_INFINITY)
  }

  get waiting(): number {
    return this.#waiting.length / width - this.#head
  }
}
