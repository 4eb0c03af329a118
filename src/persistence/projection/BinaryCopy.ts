/**
 * Rows in Postgres' binary COPY format: no text is made here and none parsed there. A piece of bounded size is
 * given out whenever the buffer is full.
 */
import type { ColumnType, Projection } from "../../domain/projections/Projection.ts"
import type { Row } from "./Batch.ts"

const header = Buffer.concat([Buffer.from("PGCOPY\n\u00ff\r\n\u0000", "latin1"), Buffer.alloc(8)])
const trailer = Buffer.from([0xff, 0xff])
const pieceBytes = 1_048_576
/** Room that a field of fixed width and its length take. */
const fixedBytes = 12
const two32 = 0x1_0000_0000
/** Postgres counts microseconds from the year 2000. */
const epochUs = 946_684_800_000_000

class Piece {
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

type Write = (piece: Piece, value: never) => void

/** The value that a column takes; what it cannot take is refused here as it would be there. */
const writers: Readonly<Record<ColumnType, Write>> = {
  integer: (piece, value: number) => {
    piece.int32(4)
    piece.int32(value)
  },
  bigint: (piece, value: number) => {
    piece.int32(8)
    piece.int64(value)
  },
  timestamptz: (piece, value: number) => {
    piece.int32(8)
    piece.int64(value - epochUs)
  },
  "double precision": (piece, value: number) => {
    piece.int32(8)
    piece.double(value)
  },
  boolean: (piece, value: boolean) => {
    piece.int32(1)
    piece.byte(value ? 1 : 0)
  },
  text: (piece, value: string) => piece.text(value),
  jsonb: (piece, value: unknown) => piece.text(JSON.stringify(value), "\u0001"),
}

const fieldsOf = ({ table }: Projection) =>
  Object.entries(table.columns).map(([name, type]) => ({
    name,
    write: writers[type],
    isLong: type === "text" || type === "jsonb",
  }))

/** New rows, encoded as they come; the first column is the run's key. */
export class EncodedRows {
  readonly #fields: ReturnType<typeof fieldsOf>
  readonly #runKey: number
  readonly #width: number
  readonly #piece = new Piece()
  readonly #full: Array<Buffer> = []
  #count = 0

  constructor(projection: Projection, runKey: number) {
    this.#fields = fieldsOf(projection)
    this.#runKey = runKey
    this.#width = (this.#fields.length + 2) * fixedBytes
  }

  get count(): number {
    return this.#count
  }

  push(row: Row): void {
    const piece = this.#piece
    piece.reserve(this.#width)
    piece.int16(this.#fields.length + 1)
    piece.int32(4)
    piece.int32(this.#runKey)
    for (const { name, write, isLong } of this.#fields) {
      const value = row[name]
      if (value === null) piece.int32(-1)
      else write(piece, value as never)
      if (isLong) piece.reserve(this.#width)
    }
    this.#count++
    if (piece.length >= pieceBytes - this.#width) this.#full.push(piece.take())
  }

  /** All of a COPY, to be taken once. */
  *pieces(): Generator<Buffer> {
    yield header
    yield* this.#full
    yield this.#piece.take()
    yield trailer
  }
}
