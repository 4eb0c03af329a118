/** First in, first out, both in constant time. */
const compactFrom = 64

export class Fifo<A> {
  #items: Array<A> = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }

  get oldest(): A | undefined {
    return this.#items[this.#first]
  }

  push(item: A): void {
    this.#items.push(item)
  }

  shift(): A | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#first++]
    if (this.#first >= compactFrom && this.#first * 2 > this.#items.length) this.#keep(this.contents())
    return item
  }

  /** What it holds, oldest first. */
  contents(): Array<A> {
    return this.#items.slice(this.#first)
  }

  /** Takes out all of which this holds, oldest first. */
  remove(isMeant: (item: A) => boolean): ReadonlyArray<A> {
    const all = this.contents()
    this.#keep(all.filter((item) => !isMeant(item)))
    return all.filter(isMeant)
  }

  #keep(items: Array<A>): void {
    this.#items = items
    this.#first = 0
  }
}
