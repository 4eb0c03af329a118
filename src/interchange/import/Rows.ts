/** Rows of separated values, quoted as RFC 4180 has it. */

export type Separator = "," | ";" | "\t" | "|"

const separators: ReadonlyArray<Separator> = [",", ";", "\t", "|"]

const quote = 34

/** A cell that opens with a quote; undefined where the quote does not close or more follows it. */
const quoted = (text: string, from: number, separator: string): readonly [string, number] | undefined => {
  let cell = ""
  let at = from + 1
  for (;;) {
    const close = text.indexOf('"', at)
    if (close < 0) return undefined
    cell += text.slice(at, close)
    if (text.charCodeAt(close + 1) !== quote) {
      const ends = close + 1 === text.length || text[close + 1] === separator
      return ends ? [cell, close + 1] : undefined
    }
    cell += '"'
    at = close + 2
  }
}

/** The cells of a row; undefined if a quoted cell does not end on it. */
export const cellsOf = (text: string, separator: Separator): ReadonlyArray<string> | undefined => {
  if (!text.includes('"')) return text.split(separator)
  const cells: Array<string> = []
  for (let at = 0; ; at++) {
    while (separator !== "\t" && text[at] === " ") at++
    const end = text.indexOf(separator, at)
    const cell =
      text.charCodeAt(at) === quote
        ? quoted(text, at, separator)
        : ([end < 0 ? text.slice(at) : text.slice(at, end), end < 0 ? text.length : end] as const)
    if (cell === undefined) return undefined
    cells.push(cell[0])
    at = cell[1]
    if (at >= text.length) return cells
  }
}

/** The one that makes most cells of a row; a comma if none is in it. */
export const separatorOf = (text: string): Separator =>
  separators.reduce((best, each) =>
    (cellsOf(text, each)?.length ?? 0) > (cellsOf(text, best)?.length ?? 0) ? each : best,
  )
