/**
 * Goes round the elements of a collection a part at a time: what would make ticks late if it were done to thousands at
 * once is spread over some steps. Elements may come and go meanwhile.
 */
export class Round<A> {
  private readonly elements: Iterable<A>
  private readonly size: () => number
  private readonly steps: number
  private rest: Iterator<A> | undefined

  /** A round takes about so many steps. */
  constructor(elements: Iterable<A>, size: () => number, steps: number) {
    this.elements = elements
    this.size = size
    this.steps = steps
  }

  /** The next part. */
  step(visit: (element: A) => void): void {
    this.rest ??= this.elements[Symbol.iterator]()
    for (let left = Math.ceil(this.size() / this.steps); left > 0; left--) {
      const next = this.rest.next()
      if (next.done === true) {
        this.rest = undefined
        return
      }
      visit(next.value)
    }
  }
}
