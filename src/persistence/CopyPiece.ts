/** Bytes of Postgres' binary COPY format, put together in pieces of bounded size. */

export const header = Buffer.concat([Buffer.from("PGCOPY\n\u00ff\r\n\u0000", "latin1"), Buffer.alloc(8)])
export const trailer = Buffer.from([0xff, 0xff])
export const pieceBytes = 1_048_576
const two32 = 0x1_0000_0000

export class Piece {
  #bytes = Buffer.allocUnsafe(pieceBytes)
  #end = 0

  get length(): number {
    return this.#end
  }

  reserve(count: number): void {
    if (this.#end + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + count))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }

  int16(value: number): void {
    this.#end = this.#bytes.writeInt16BE(value, this.#end)
  }

  int32(value: number): void {
    this.#end = this.#bytes.writeInt32BE(value, this.#end)
  }

  int64(value: number): void {
    const high = Math.floor(value / two32)
    this.#end = this.#bytes.writeInt32BE(high, this.#end)
    this.#end = this.#bytes.writeUInt32BE(value - high * two32, this.#end)
  }

  double(value: number): void {
    this.#end = this.#bytes.writeDoubleBE(value, this.#end)
  }

  byte(value: number): void {
    this.#end = this.#bytes.writeUInt8(value, this.#end)
  }

  text(value: string, prefix = ""): void {
    const length = Buffer.byteLength(value) + prefix.length
    this.reserve(length + 4)
    this.int32(length)
    this.#end += this.#bytes.write(prefix, this.#end, "latin1")
    this.#end += this.#bytes.write(value, this.#end)
  }

  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end)
    this.#bytes = Buffer.allocUnsafe(pieceBytes)
    this.#end = 0
    return taken
  }
}
