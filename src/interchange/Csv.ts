/** Comma-separated values (RFC 4180), with a line feed after each row. */
export type Cell = string | number | boolean | null | undefined

const written = (cell: Cell): string => {
  const text = cell === null || cell === undefined ? "" : String(cell)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csv = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  [header, ...rows].map((cells) => `${cells.map(written).join(",")}\n`).join("")
