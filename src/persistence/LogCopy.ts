/** Rows of the log in Postgres' binary COPY format. */
import type { AnyEvent, Recorded } from "../domain/ClockEvent.ts"
import { header, Piece, pieceBytes, trailer } from "./CopyPiece.ts"
import * as EventCodec from "./EventCodec.ts"

/** Columns of the log in the order in which rows are written. */
export const places = ["run_key", "position", ...EventCodec.columns.map(([name]) => name)] as const
export type Column = (typeof places)[number]
export const columns = places.join(", ")

const fields = places.length

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

/** Writes the row of an event. */
export const row = (piece: Piece, runKey: number, position: number, event: AnyEvent): void => {
  piece.reserve(widest)
  piece.int16(fields)
  piece.int32(4)
  piece.int32(runKey)
  piece.int32(4)
  piece.int32(position)
  const values = EventCodec.toRow(event)
  for (let i = 0; i < widths.length; i++) {
    const value = values[i]
    if (value === undefined || value === null) piece.int32(-1)
    else write(piece, widths[i]!, value)
  }
}

const isFull = (piece: Piece): boolean => piece.length >= pieceBytes - widest

/** All of a COPY, page by page. */
export async function* pieces(
  runKey: number,
  pages: AsyncIterable<ReadonlyArray<Recorded>>,
): AsyncGenerator<Buffer> {
  const piece = new Piece()
  yield header
  for await (const page of pages) {
    for (const event of page) {
      row(piece, runKey, event.position, event)
      if (isFull(piece)) yield piece.take()
    }
  }
  yield piece.take()
  yield trailer
}
