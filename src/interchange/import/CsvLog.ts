/**
 * Separated values, with a heading or a kind first. Lightcone's own export is read too: its messages are named by
 * sender and version. Where a table tells senders and recipients but not its machine, the machine is the sender of
 * what was sent and the recipient of what was received.
 */
import { type Columns, fill, headed, placed } from "./Columns.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { cellsOf, type Separator, separatorOf } from "./Rows.ts"
import { absent, kindSaid, nameOf, type Said, type Surroundings, understood, unsaid } from "./Said.ts"
import { firstPosition } from "./VectorPositions.ts"

const remark = /^[-=*\s]*(?:#.*)?$/

interface Table {
  readonly separator: Separator
  /** Undefined where each row tells its columns itself. */
  readonly columns: Columns | undefined
}

/** What the first rows make of a file. */
const tableOf = (lines: ReadonlyArray<string>): Table | undefined => {
  for (const line of lines) {
    if (remark.test(line)) continue
    const separator = separatorOf(line)
    const cells = cellsOf(line, separator)
    if (cells === undefined || cells.length < 2) return undefined
    const columns = headed(cells)
    if (columns !== undefined) return { separator, columns }
    return placed(cells) === undefined ? undefined : { separator, columns: undefined }
  }
  return undefined
}

const rowOf = ({ separator, columns }: Table, text: string): Said | undefined => {
  const cells = cellsOf(text, separator)
  if (cells === undefined) return undefined
  const places = columns ?? placed(cells)
  if (places === undefined) return undefined
  // A row may lack its last cells, but not more.
  if (columns !== undefined && (cells.length > columns.length || cells.length < 2)) return undefined
  const said = unsaid()
  fill(said, places, cells)
  return said
}

const ownEnd = (said: Said): unknown => {
  const kind = kindSaid(said)
  if (kind === "sent") return said.sender
  return kind === "received" ? said.recipients : undefined
}

const surroundings = ({ machine, sample }: FileContext, table: Table | undefined): Surroundings => {
  const rows = table === undefined ? [] : sample.lines.flatMap((line) => rowOf(table, line) ?? [])
  const names = new Set(rows.flatMap((said) => nameOf(said.machine) ?? []))
  const ends = new Set(rows.flatMap((said) => nameOf(ownEnd(said)) ?? []))
  const own = names.size === 0 && ends.size === 1 ? [...ends][0]! : machine
  return { machine: own, firstPosition: firstPosition(names) }
}

const reader = (file: FileContext): Reader => {
  let table = tableOf(file.sample.lines)
  let around = surroundings(file, table)
  let headings: string | undefined
  return {
    line: (text, number) => {
      if (remark.test(text)) return []
      if (table === undefined) {
        table = tableOf([text])
        if (table === undefined) return undefined
        around = surroundings(file, table)
      }
      if (table.columns !== undefined && headings === undefined) {
        const columns = headed(cellsOf(text, table.separator) ?? [])
        if (columns === undefined) return undefined
        headings = text
        return []
      }
      if (text === headings) return []
      const said = rowOf(table, text)
      if (said === undefined) return undefined
      if (absent(said.machine)) {
        const own = ownEnd(said)
        if (!absent(own)) said.machine = own
      }
      return understood(said, around, number)
    },
    end: () => [],
  }
}

/** Rows without a heading look a little less like a table than those with one. */
const likeness = ({ lines }: Sample): number => {
  const table = tableOf(lines)
  if (table === undefined) return 0
  const rows = lines.filter((line) => !remark.test(line)).slice(table.columns === undefined ? 0 : 1)
  if (rows.length === 0) return table.columns === undefined ? 0 : 0.9
  const told = rows.filter((line) => {
    const said = rowOf(table, line)
    return said !== undefined && kindSaid(said) !== undefined
  })
  return (told.length / rows.length) * (table.columns === undefined ? 0.95 : 1)
}

export const format: Format = {
  name: "csv",
  does: "separated values with a heading, or with the kind first and no heading",
  likeness,
  reader,
  fifo: true,
}
