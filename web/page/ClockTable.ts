/** Every clock over the run's events, as the server compares them; asked for when it is opened. */
import type { Share } from "../../src/domain/clocks/Pairs.ts"
import { percent } from "../../src/domain/clocks/Percent.ts"
import { html } from "../Elements.ts"
import { get, pathOf } from "./Server.ts"
import * as Table from "./Table.ts"
import * as Told from "./Told.ts"

interface Answer {
  readonly clockEvents: number
  readonly pairs: { readonly exact: boolean; readonly concurrent: Share }
  readonly clocks: ReadonlyArray<{
    readonly clock: string
    readonly title: string
    readonly source: string
    readonly bytes: { readonly mean: number; readonly largest: number }
    readonly falseOrder: Share
    readonly inverted: Share | null
    readonly unordered: Share
    readonly nsPerStamp: number
  }>
}

const caption = "Every clock over the same events"

const columns = Table.numbers(
  "Clock",
  "Bytes a stamp",
  "Largest",
  "Orders concurrent",
  "Against time",
  "Leaves causal",
  "ns a stamp",
)

const row = (measured: Answer["clocks"][number]): HTMLTableRowElement => {
  const { title, source, bytes, falseOrder, inverted, unordered, nsPerStamp } = measured
  return Table.row(html("th", { scope: "row", title: source }, title), [
    bytes.mean.toFixed(1),
    String(bytes.largest),
    percent(falseOrder),
    inverted === null ? "no times" : percent(inverted),
    percent(unordered),
    nsPerStamp.toFixed(0),
  ])
}

const told = ({ clocks, clockEvents, pairs }: Answer): ReadonlyArray<HTMLElement> => [
  Table.scrolling(
    caption,
    Table.make("states clocks", caption, columns, html("tbody", {}, ...clocks.map(row))),
  ),
  html(
    "p",
    { class: "note" },
    `${Told.number(clockEvents)} clock events; ${percent(pairs.concurrent)} of their pairs are concurrent, ${pairs.exact ? "and all were compared" : "and a sample was compared (± one standard error)"}.`,
  ),
]

export const make = (run: string): HTMLElement => {
  const answer = html("div", {})
  const details = html("details", { class: "clock-table" }, html("summary", {}, "Clocks compared"), answer)
  // A run that goes on is compared anew each time.
  details.addEventListener("toggle", () => {
    if (!details.open) return
    answer.replaceChildren(html("p", { class: "note" }, "Asking ..."))
    get<Answer>(`${pathOf(run)}/clocks`).then(
      (found) => answer.replaceChildren(...told(found)),
      (error: Error) => answer.replaceChildren(Told.problem(error.message)),
    )
  })
  return details
}
