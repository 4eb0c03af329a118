/** Rows of the log in Postgres' binary COPY format. */
import type { Recorded } from "../domain/ClockEvent.ts"
import { header, Piece, pieceBytes, trailer } from "./CopyPiece.ts"
import * as EventCodec from "./EventCodec.ts"

/** Columns of the log in the order in which rows are written. */
export const columns = ["run_key", "position", ...EventCodec.columns.map(([name]) => name)].join(", ")

const fields = EventCodec.columns.length + 2

/** More than the fixed fields of a row take. */
const widest = (fields + 1) * 12

const widths = EventCodec.columns.map(([, type]) => type)

const write = (piece: Piece, type: (typeof widths)[number], value: number | string): void => {
  switch (type) {
    case "smallint":
      piece.int32(2)
      piece.int16(value as number)
      break
    case "integer":
      piece.int32(4)
      piece.int32(value as number)
      break
    case "bigint":
      piece.int32(8)
      piece.int64(value as number)
      break
    case "text":
      piece.text(value as string)
      piece.reserve(widest)
      break
    case "jsonb":
      piece.text(value as string, "\u0001")
      piece.reserve(widest)
      break
  }
}

/** All of a COPY, page by page. */
export async function* pieces(
  runKey: number,
  pages: AsyncIterable<ReadonlyArray<Recorded>>,
): AsyncGenerator<Buffer> {
  const piece = new Piece()
  yield header
  for await (const page of pages) {
    for (const event of page) {
      piece.reserve(widest)
      piece.int16(fields)
      piece.int32(4)
      piece.int32(runKey)
      piece.int32(4)
      piece.int32(event.position)
      const row = EventCodec.toRow(event)
      for (let i = 0; i < widths.length; i++) {
        const value = row[i]
        if (value === undefined || value === null) piece.int32(-1)
        else write(piece, widths[i]!, value)
      }
      if (piece.length >= pieceBytes - widest) yield piece.take()
    }
  }
  yield piece.take()
  yield trailer
}
