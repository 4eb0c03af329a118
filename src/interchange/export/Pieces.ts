/** Texts put together in handfuls: many at once would have fallen out of the processor's caches by then. */
export class Pieces {
  readonly #handful: number
  #pieces: Array<string> = []
  #parts: Array<string> = []

  constructor(handful: number) {
    this.#handful = handful
  }

  add(text: string): void {
    this.#parts.push(text)
    if (this.#parts.length >= this.#handful) this.#join()
  }

  #join(): void {
    this.#pieces.push(this.#parts.join(""))
    this.#parts = []
  }

  all(): ReadonlyArray<string> {
    if (this.#parts.length > 0) this.#join()
    return this.#pieces
  }
}
