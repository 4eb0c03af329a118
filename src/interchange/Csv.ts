/** Comma-separated values (RFC 4180), with a line feed after each row. */
export type Cell = string | number | boolean | null | undefined

/** A cell as it is written, in quotes where it has to be. */
export const cell = (value: Cell): string => {
  const text = value === null || value === undefined ? "" : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csv = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  [header, ...rows].map((cells) => `${cells.map(cell).join(",")}\n`).join("")
