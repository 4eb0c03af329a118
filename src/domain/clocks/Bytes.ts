/**
 * Bytes of stamps, written one after the other into one buffer: whole numbers as base 128 varints (LEB128, as in
 * Protocol Buffers), and bits from the highest down where a source packs them.
 */
export class Bytes {
  #buffer = new Uint8Array(64)
  #length = 0
  /** Bits of the last byte that are not written yet. */
  #bitsLeft = 0

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
    this.#bitsLeft = 0
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.#bitsLeft = 0
    let rest = value
    while (rest >= 128) {
      this.#push((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    this.#push(rest)
  }

  /** The lowest `width` bits of a whole number below 2^32, the highest of them first. */
  bits(value: number, width: number): void {
    for (let bit = width - 1; bit >= 0; bit--) {
      if (this.#bitsLeft === 0) {
        this.#push(0)
        this.#bitsLeft = 8
      }
      this.#bitsLeft--
      if (((value >>> bit) & 1) === 1) this.#buffer[this.#length - 1]! |= 1 << this.#bitsLeft
    }
  }

  /** A copy. */
  written(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  #push(byte: number): void {
    if (this.#length === this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2)
      larger.set(this.#buffer)
      this.#buffer = larger
    }
    this.#buffer[this.#length++] = byte
  }
}
