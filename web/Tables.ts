/** Tables that the page brought along get a button that saves them as CSV. */
import { button, html } from "./Elements.ts"
import * as Saving from "./Saving.ts"

const rowsOf = (table: HTMLTableElement): ReadonlyArray<ReadonlyArray<string>> =>
  [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent ?? ""))

export const enliven = (holder: HTMLElement, prefix: string): void => {
  const table = holder.querySelector("table")
  if (table === null) return
  const name = `${prefix}-${holder.dataset.table ?? "table"}`
  const title = table.caption?.textContent ?? name
  const save = () => Saving.saveText(`${name}.csv`, "text/csv", Saving.csv(rowsOf(table)))
  holder.prepend(html("div", { class: "buttons" }, button("CSV", `save as CSV: ${title}`, save)))
}
