/** What is to happen, soonest first, and of one instant by a number of its own: a binary heap. */

export interface Happening {
  readonly atUs: number
  /** Among those of the same instant; no two have the same. */
  readonly order: number
}

const isBefore = (a: Happening, b: Happening): boolean =>
  a.atUs !== b.atUs ? a.atUs < b.atUs : a.order < b.order

export class Happenings<A extends Happening> {
  #heap: Array<A> = []

  get nextUs(): number {
    return this.#heap[0]?.atUs ?? Number.POSITIVE_INFINITY
  }

  push(happening: A): void {
    this.#rise(this.#heap.push(happening) - 1)
  }

  pop(): A | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
    return first
  }

  /** Takes out all of which this holds. */
  remove(isMeant: (happening: A) => boolean): ReadonlyArray<A> {
    const removed = this.#heap.filter(isMeant)
    if (removed.length === 0) return removed
    const kept = this.#heap.filter((happening) => !isMeant(happening))
    this.#heap = []
    for (const happening of kept) this.push(happening)
    return removed
  }

  #rise(from: number): void {
    const heap = this.#heap
    const risen = heap[from]!
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent]!, risen)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = risen
  }

  #sink(sunk: A): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, sunk)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = sunk
  }
}
