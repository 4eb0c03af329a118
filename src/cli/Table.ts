/** Rows in aligned columns: numbers to the right, text to the left. */
export type Cell = string | number | null | undefined

const shown = (cell: Cell): string =>
  cell === null || cell === undefined ? "" : typeof cell === "number" ? String(cell) : cell

export const table = (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
): ReadonlyArray<string> => {
  const texts = rows.map((row) => row.map(shown))
  const widths = header.map((name, i) =>
    texts.reduce((width, row) => Math.max(width, row[i]!.length), name.length),
  )
  const right = header.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] !== "string"))
  const align = (cells: ReadonlyArray<string>) =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd()
  return [align(header), ...texts.map(align)]
}
