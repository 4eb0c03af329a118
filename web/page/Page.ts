/** The page that `serve` shows: a shell with its parts, and in the middle what the hash names. */
import { html, svg } from "../Elements.ts"
import * as CompareView from "./CompareView.ts"
import * as NewRunView from "./NewRunView.ts"
import * as Offered from "./Offered.ts"
import * as Route from "./Route.ts"
import * as RunsView from "./RunsView.ts"
import * as RunView from "./RunView.ts"
import * as Theme from "./Theme.ts"
import type { Shell, View } from "./View.ts"
import "./page.css"

const spoken = html("p", { class: "spoken", role: "status", "aria-live": "polite" })
const main = html("main", { id: "main" })
const newRun = html("a", { href: Route.format({ view: "new" }), hidden: "" }, "New run")
const links: ReadonlyArray<readonly [view: Route.Route["view"], link: HTMLAnchorElement]> = [
  ["runs", html("a", { href: "#/" }, "Runs")],
  ["compare", html("a", { href: "#/compare" }, "Compare")],
  ["new", newRun],
]

const sign = (): SVGElement =>
  svg(
    "svg",
    { viewBox: "0 0 32 32", width: 22, height: 22, "aria-hidden": "true" },
    svg("path", { d: "M4 3H28L16 16Z", class: "future" }),
    svg("path", { d: "M4 29H28L16 16Z", class: "past" }),
    svg("circle", { cx: 16, cy: 16, r: 2.6, class: "here" }),
  )

const skip = html("a", { class: "skip", href: "#main" }, "To the content")
skip.addEventListener("click", (event) => {
  event.preventDefault()
  focusHeading()
})

const header = html(
  "header",
  { class: "top" },
  skip,
  html("a", { class: "brand", href: "#/" }, sign(), "Lightcone"),
  html(
    "nav",
    { "aria-label": "pages" },
    ...links.map(([, link]) => link),
    html("a", { href: "/docs" }, "API"),
  ),
  Theme.make(),
)

const focusHeading = (): void => main.querySelector<HTMLElement>("h1")?.focus()

let shownHash = ""
const retitle = (title: string): void => {
  document.title = `${title} · Lightcone`
}
const shell: Shell = {
  announce: (text) => {
    spoken.textContent = text
  },
  replace: (hash) => {
    if (hash === location.hash) return
    shownHash = hash
    history.replaceState(null, "", hash)
  },
  retitle,
}

const makeView = (route: Route.Route): View => {
  switch (route.view) {
    case "run":
      return RunView.make(route, shell)
    case "compare":
      return CompareView.make(route, shell)
    case "new":
      return NewRunView.make(shell)
    default:
      return RunsView.make(shell)
  }
}

let view: View | undefined
const show = (): void => {
  if (location.hash === shownHash && view !== undefined) return
  shownHash = location.hash
  const route = Route.parse(location.hash)
  for (const [name, link] of links) {
    if (name === route.view) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
  if (view?.goTo(route) === true) return
  const isFirst = view === undefined
  view?.dispose()
  view = makeView(route)
  main.replaceChildren(view.element)
  retitle(view.title)
  if (isFirst) return
  window.scrollTo(0, 0)
  focusHeading()
}

document.body.prepend(
  header,
  main,
  html("footer", {}, html("p", {}, "Happened-before, from the record.")),
  spoken,
)
window.addEventListener("hashchange", show)
show()
Offered.startsRuns().then(
  (startsRuns) => {
    newRun.hidden = !startsRuns
  },
  () => {},
)
