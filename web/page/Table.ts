/** Tables of the page: each in a region of its own that is moved sideways where it is wider than the page. */
import { html } from "../Elements.ts"

export interface Column {
  readonly name: string
  readonly isNumeric?: boolean
}

/** `label` is for those who listen. */
export const scrolling = (label: string, table: HTMLTableElement): HTMLElement =>
  html("div", { class: "scroll", role: "region", "aria-label": label, tabindex: 0 }, table)

/** The first column names what a row is of. */
export const make = (
  kind: string,
  caption: string,
  columns: ReadonlyArray<Column>,
  body: HTMLTableSectionElement,
): HTMLTableElement =>
  html(
    "table",
    { class: kind },
    html("caption", {}, caption),
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        ...columns.map(({ name, isNumeric }) =>
          html("th", isNumeric === true ? { scope: "col", class: "number" } : { scope: "col" }, name),
        ),
      ),
    ),
    body,
  )

/** The first heading is of the rows' names, the others are of numbers. */
export const numbers = (first: string, ...others: ReadonlyArray<string>): ReadonlyArray<Column> => [
  { name: first },
  ...others.map((name) => ({ name, isNumeric: true })),
]

export const row = (name: HTMLElement, values: ReadonlyArray<string>): HTMLTableRowElement =>
  html("tr", {}, name, ...values.map((text) => html("td", { class: "number" }, text)))
