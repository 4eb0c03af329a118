import type { Curve } from "./ReportData.ts"

/** A table of a report: shown as HTML, saved by its reader as CSV. */
export type Cell = string | number | null

export interface Table {
  /** Of the CSV's name too: lowercase letters, digits and hyphens. */
  readonly name: string
  readonly caption: string
  readonly header: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>
  /** What a reader should know of it. */
  readonly note?: string
}

/** A part of a report that is not about one run: text, curves, tables. Everything in it is shown as text. */
export interface Section {
  readonly title: string
  readonly paragraphs?: ReadonlyArray<string>
  readonly tables?: ReadonlyArray<Table>
  readonly curves?: ReadonlyArray<Curve>
}
