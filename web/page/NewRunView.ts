/** A run to be started: its settings, what theory says of them, and where it then is. */
import { html } from "../Elements.ts"
import * as Foretold from "./Foretold.ts"
import * as Offered from "./Offered.ts"
import * as Route from "./Route.ts"
import { settings } from "./RunSettings.ts"
import { post, Refused } from "./Server.ts"
import * as TokenField from "./TokenField.ts"
import type { Shell, View } from "./View.ts"

const overflows = ["backpressure", "drop-newest", "drop-oldest"]

const select = (id: string, choices: ReadonlyArray<string>): HTMLSelectElement =>
  html("select", { id, name: id }, ...choices.map((choice) => html("option", { value: choice }, choice)))

const labelled = (label: string, control: HTMLElement, note?: string): HTMLElement =>
  html(
    "div",
    { class: "field" },
    html("label", { for: control.id }, label),
    control,
    ...(note === undefined ? [] : [html("p", { class: "note", id: `${control.id}-note` }, note)]),
  )

interface Started {
  readonly run: string
  readonly status: string
}

export const make = ({ announce }: Shell): View => {
  const mode = select("mode", ["virtual", "real"])
  const overflow = select("overflow", overflows)
  const inputs = settings.map(({ name, value, note, isText }) =>
    html("input", {
      id: name,
      name,
      value,
      inputmode: isText ? "text" : "decimal",
      autocomplete: "off",
      ...(note === undefined ? {} : { "aria-describedby": `${name}-note` }),
    }),
  )
  // Drawn here rather than there, so that what is foretold is of the run that is started.
  inputs.find(({ name }) => name === "seed")!.value = String(Math.floor(Math.random() * 1_000_000))
  const problem = html("p", { class: "problem", role: "alert", hidden: "" })
  const start = html("button", { type: "submit", class: "main" }, "Start the run")
  const rowsWhere = (isModelled: boolean): ReadonlyArray<HTMLElement> =>
    settings.flatMap((setting, i) =>
      (setting.isModelled ?? false) === isModelled ? [labelled(setting.label, inputs[i]!, setting.note)] : [],
    )
  const ofRun = rowsWhere(false)
  const modelled = html(
    "fieldset",
    { class: "modelled" },
    html("legend", {}, "Modelled network and clocks"),
    ...rowsWhere(true),
  )
  const form = html(
    "form",
    { class: "new-run" },
    labelled("Time", mode, "virtual: at once; real: machines on TCP"),
    ...ofRun,
    labelled("When an inbox is full", overflow),
    modelled,
    TokenField.make(),
    problem,
    html("div", { class: "actions" }, start),
  )
  const foretold = Foretold.make()
  const element = html(
    "div",
    { class: "new-run-view" },
    html("div", { class: "heading" }, html("h1", { tabindex: -1 }, "New run")),
    form,
    foretold.element,
  )

  const configuration = (): Record<string, unknown> => ({
    mode: mode.value,
    overflow: overflow.value,
    ...Object.fromEntries(
      settings.flatMap(({ name, read, isModelled }, i) => {
        const text = inputs[i]!.value.trim()
        return text === "" || (isModelled && modelled.disabled) ? [] : [[name, read(text)]]
      }),
    ),
  })

  const complain = (error: unknown): void => {
    const field = error instanceof Refused ? error.field : undefined
    for (const input of inputs)
      input.setAttribute("aria-invalid", String(input.name === field?.split(".")[0]))
    problem.textContent = (error as Error).message
    problem.hidden = false
    const control = form.querySelector<HTMLElement>(
      field === "authorization" ? "#token" : `#${CSS.escape(field ?? "")}`,
    )
    control?.focus()
  }

  mode.addEventListener("input", () => {
    modelled.disabled = mode.value === "real"
    modelled.hidden = modelled.disabled
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    problem.hidden = true
    start.disabled = true
    post<Started>("/runs", configuration())
      .then(({ run, status }) => {
        announce(`run ${run}: ${status}`)
        location.hash = Route.format(Route.ofRun(run))
      }, complain)
      .finally(() => {
        start.disabled = false
      })
  })
  void Offered.startsRuns().then((startsRuns) => {
    if (!startsRuns) form.replaceChildren(html("p", { class: "field wide" }, "This server starts no runs."))
  })
  void Offered.foretells().then((foretells) => {
    if (!foretells) return
    foretold.ask(configuration())
    form.addEventListener("input", () => foretold.ask(configuration()))
  })

  return {
    element,
    title: "New run",
    goTo: ({ view }) => view === "new",
    dispose: foretold.dispose,
  }
}
