/**
 * Rows in Postgres' binary COPY format: no text is made here and none parsed there. A piece of bounded size is
 * given out whenever the buffer is full.
 */
import type { ColumnType, Projection } from "../../domain/projections/Projection.ts"
import { header, Piece, pieceBytes, trailer } from "../CopyPiece.ts"
import type { Row } from "./Batch.ts"

/** Room that a field of fixed width and its length take. */
const fixedBytes = 12
/** Postgres counts microseconds from the year 2000. */
const epochUs = 946_684_800_000_000

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
