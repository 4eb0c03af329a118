/**
 * Many reservoirs of the same size: of all that is offered to one, a uniform sample is kept. Which offers are kept is
 * found by skipping (Li 1994, "Reservoir-Sampling Algorithms of Time Complexity O(n(1 + log(N/n)))", algorithm L), so
 * that those passed over cost a comparison each.
 */
export class Reservoirs {
  readonly size: number
  readonly #draw: () => number
  /** Of each: offers so far, the next that is kept, and algorithm L's W. */
  readonly #offered: Float64Array
  readonly #next: Float64Array
  readonly #weight: Float64Array

  /** `size` may be infinite: then all is kept. `draw` gives whole numbers below 2^32. */
  constructor(count: number, size: number, draw: () => number) {
    this.size = size
    this.#draw = draw
    this.#offered = new Float64Array(count)
    this.#next = new Float64Array(count).fill(1)
    this.#weight = new Float64Array(count).fill(1)
  }

  offered(reservoir: number): number {
    return this.#offered[reservoir]!
  }

  kept(reservoir: number): number {
    return Math.min(this.#offered[reservoir]!, this.size)
  }

  /** The place where what is offered is to be kept, taking that of what was there; -1 if it is passed over. */
  offer(reservoir: number): number {
    const offered = ++this.#offered[reservoir]!
    return offered < this.#next[reservoir]! ? -1 : this.#keep(reservoir, offered)
  }

  #keep(reservoir: number, offered: number): number {
    if (offered < this.size) {
      this.#next[reservoir] = offered + 1
      return offered - 1
    }
    const weight = this.#weight[reservoir]! * Math.exp(Math.log(this.#uniform()) / this.size)
    this.#weight[reservoir] = weight
    this.#next[reservoir] = offered + 1 + Math.floor(Math.log(this.#uniform()) / Math.log1p(-weight))
    return offered === this.size ? offered - 1 : Math.floor(this.#uniform() * this.size)
  }

  /** Between 0 and 1, and neither. */
  #uniform(): number {
    return (this.#draw() + 0.5) / 0x1_0000_0000
  }
}
