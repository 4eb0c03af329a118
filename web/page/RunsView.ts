/** The runs of the store, the newest first, asked for again and again; rows stay where they are, and so does the focus. */
import { html } from "../Elements.ts"
import * as Route from "./Route.ts"
import { type ListedRun, type ListedRuns, latestRuns, Refused } from "./Server.ts"
import * as Table from "./Table.ts"
import * as TokenField from "./TokenField.ts"
import * as Told from "./Told.ts"
import type { Shell, View } from "./View.ts"

const refreshMs = 3_000
const mostRows = 500

const columns = ["Compare", "Run", "Status", "Mode", "Seed", "Machines", "Events", "Started"]

interface Row {
  readonly element: HTMLTableRowElement
  readonly show: (run: ListedRun) => void
}

const makeRow = (run: string, chosen: (run: string, isChosen: boolean) => void): Row => {
  const box = html("input", { type: "checkbox", "aria-label": `compare ${run}` })
  box.addEventListener("change", () => chosen(run, box.checked))
  const link = html("a", { class: "run-name", href: Route.format(Route.ofRun(run)) }, run)
  const cells = columns.slice(2).map((name) => {
    const numeric = ["Seed", "Machines", "Events"].includes(name)
    return html("td", { "data-label": name, ...(numeric ? { class: "number" } : {}) })
  })
  const element = html(
    "tr",
    {},
    html("td", { class: "choice" }, html("label", {}, box)),
    html("th", { scope: "row" }, link),
    ...cells,
  )
  let [shownStatus, shownStart] = ["", ""]
  return {
    element,
    show: ({ status, mode, seed, machines, events, started_at }) => {
      const [statusCell, modeCell, seedCell, machinesCell, eventsCell, startedCell] = cells
      if (status !== shownStatus) statusCell!.replaceChildren(Told.badge(status))
      shownStatus = status
      Told.put(modeCell!, mode ?? "")
      Told.put(seedCell!, seed === null ? "" : String(seed))
      Told.put(machinesCell!, Told.number(machines))
      Told.put(eventsCell!, Told.number(events))
      const started = Told.ago(started_at)
      if (started.textContent !== shownStart) startedCell!.replaceChildren(started)
      shownStart = started.textContent ?? ""
    },
  }
}

const nothing = (): HTMLElement =>
  html(
    "div",
    { class: "empty" },
    html("h2", {}, "No runs yet"),
    html("p", {}, "Make one, and it appears here by itself while it goes on:"),
    Told.command("lightcone run --machines 3 --duration 60s"),
    html("p", {}, "or in virtual time, where a minute takes no time:"),
    Told.command("lightcone run --virtual --machines 3 --duration 60s --seed 7"),
  )

const newestFirst = (runs: ReadonlyArray<ListedRun>): ReadonlyArray<ListedRun> =>
  [...runs].sort((a, b) => (b.started_at ?? "~").localeCompare(a.started_at ?? "~"))

export const make = ({ announce }: Shell): View => {
  const body = html("tbody")
  const table = html(
    "table",
    { class: "runs" },
    html("caption", { class: "spoken" }, "Runs, the newest first"),
    html("thead", {}, html("tr", {}, ...columns.map((name) => html("th", { scope: "col" }, name)))),
    body,
  )
  const scroll = Table.scrolling("runs", table)
  const content = html("div", {}, html("p", { class: "note" }, "Asking for the runs ..."))
  const compare = html("a", { class: "button", role: "link", "aria-disabled": "true" }, "Compare two runs")
  const count = html("p", { class: "facts" })
  const element = html(
    "div",
    { class: "runs-view" },
    html("div", { class: "heading" }, html("h1", { tabindex: -1 }, "Runs"), compare),
    count,
    content,
  )
  const rows = new Map<string, Row>()
  let chosen: ReadonlyArray<string> = []
  const abort = new AbortController()
  let timer = 0
  let known = -1

  const choose = (run: string, isChosen: boolean): void => {
    chosen = [...chosen.filter((one) => one !== run), ...(isChosen ? [run] : [])].slice(-2)
    for (const [name, row] of rows)
      row.element.querySelector<HTMLInputElement>("input")!.checked = chosen.includes(name)
    const [a, b] = chosen
    compare.setAttribute("aria-disabled", String(b === undefined))
    if (b === undefined) compare.removeAttribute("href")
    else compare.setAttribute("href", Route.format({ view: "compare", a, b }))
    Told.put(compare, chosen.length === 1 ? "Compare: choose one more" : "Compare two runs")
  }

  const show = ({ runs, areMore }: ListedRuns): void => {
    if (runs.length === 0) {
      content.replaceChildren(nothing())
      Told.put(count, "")
      known = 0
      return
    }
    if (scroll.parentElement !== content) content.replaceChildren(scroll)
    const shown = newestFirst(runs)
    const names = new Set(shown.map(({ run }) => run))
    for (const [name, row] of rows)
      if (!names.has(name)) {
        row.element.remove()
        rows.delete(name)
        choose(name, false)
      }
    shown.forEach((run, i) => {
      const row = rows.get(run.run) ?? makeRow(run.run, choose)
      rows.set(run.run, row)
      row.show(run)
      if (body.children[i] !== row.element) body.insertBefore(row.element, body.children[i] ?? null)
    })
    const many = areMore ? "the newest " : ""
    Told.put(count, `${many}${Told.number(runs.length)} ${runs.length === 1 ? "run" : "runs"}`)
    if (known >= 0 && runs.length > known) announce(`${runs.length - known} more runs`)
    known = runs.length
  }

  const refresh = async (): Promise<void> => {
    try {
      if (!document.hidden || known < 0) show(await latestRuns(mostRows, abort.signal))
    } catch (error) {
      if (abort.signal.aborted) return
      known = -1
      content.replaceChildren(Told.problem((error as Error).message))
      if (error instanceof Refused && error.status === 401)
        content.append(TokenField.make(() => void refresh()))
    }
    if (!abort.signal.aborted) timer = window.setTimeout(() => void refresh(), refreshMs)
  }
  void refresh()

  return {
    element,
    title: "Runs",
    goTo: ({ view }) => view === "runs",
    dispose: () => {
      abort.abort()
      window.clearTimeout(timer)
    },
  }
}
