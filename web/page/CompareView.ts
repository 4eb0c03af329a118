/**
 * Two runs: where and how they part in the order of their logs and in causal order, in words and in their diagrams, which
 * mark what changed after it.
 */
import type { Recorded } from "../../src/domain/ClockEvent.ts"
import * as Divergence from "../../src/domain/Divergence.ts"
import * as DivergenceWords from "../../src/domain/divergence/Words.ts"
import { html } from "../Elements.ts"
import * as SpaceTime from "../SpaceTime.ts"
import { find } from "../SpaceTimeData.ts"
import * as TimeWindow from "../TimeWindow.ts"
import * as Words from "../Words.ts"
import * as Difference from "./Difference.ts"
import * as Following from "./Following.ts"
import * as Model from "./Model.ts"
import * as Route from "./Route.ts"
import { latestRuns, Refused } from "./Server.ts"
import * as Table from "./Table.ts"
import * as TokenField from "./TokenField.ts"
import * as Told from "./Told.ts"
import type { Shell, View } from "./View.ts"

/** Of each run: what a browser reads and compares in a few seconds. */
const mostEvents = 100_000
const eventsPerPage = 4_096
const fewestAround = 12
/** Runs by name, of which the latest are offered. */
const mostOffered = 200

interface Loaded {
  readonly name: string
  readonly log: Difference.Log
  readonly seen: Model.Seen
  readonly isWhole: boolean
}

const load = async (name: string, signal: AbortSignal): Promise<Loaded> => {
  const model = Model.make(name, false)
  const events: Array<Recorded> = []
  let isWhole = false
  while (!isWhole && events.length < mostEvents) {
    const page = await Following.pageOf(name, events[events.length - 1]?.position ?? 0, signal)
    model.add(page)
    events.push(...page)
    isWhole = page.length < eventsPerPage
  }
  const seen = model.see()
  if (seen === undefined) throw new Error(`Run ${name} has not begun.`)
  return { name, log: { events, startUs: seen.startUs }, seen, isWhole }
}

const eventWords = ({ seen, log }: Loaded, event: Recorded | undefined): string => {
  if (event === undefined) return "has no more events"
  const index = find(seen.data, `${event.machine}/${event.version}`)
  if (index >= 0) return Words.eventLines(seen.data, index).join(", ")
  return `${event.kind} at ${Told.seconds(event.occurredAtUs - log.startUs)}`
}

const ofMachines = (partings: ReadonlyArray<Difference.Parting | undefined>): string => {
  const parted = partings.flatMap((parting, i) =>
    parting === undefined ? [] : [{ machine: i + 1, parting }],
  )
  if (parted.length === 0) return "Times aside, every machine does the same in both, event by event."
  const shown = parted.slice(0, 8).map(({ machine, parting }) => {
    const { a, b, what } = parting
    return `machine ${machine} at ${machine}/${(a ?? b)!.version} (${what})`
  })
  const more = parted.length > shown.length ? ` and ${parted.length - shown.length} machines more` : ""
  const same = partings.length - parted.length
  return `Times aside, the machines part on their own at: ${shown.join(", ")}${more}.${same === 0 ? "" : ` ${same} ${same === 1 ? "does" : "do"} the same in both.`}`
}

const causal = (divergence: Divergence.Divergence, a: Loaded, b: Loaded): ReadonlyArray<HTMLElement> =>
  DivergenceWords.sentences(divergence, [a.name, b.name]).map((text) => html("p", {}, text))

const verdict = (
  a: Loaded,
  b: Loaded,
  parting: Difference.Parting | undefined,
  divergence: Divergence.Divergence,
): HTMLElement => {
  const machines = Math.max(a.seen.run.machines.length, b.seen.run.machines.length)
  const byMachine = html("p", {}, ofMachines(Difference.byMachine(a.log, b.log, machines)))
  const part = [a, b].filter(({ isWhole }) => !isWhole).map(({ name }) => name)
  const upTo =
    part.length === 0
      ? []
      : [
          html(
            "p",
            { class: "note" },
            `Of ${part.join(" and ")} the first ${Told.number(mostEvents)} events were compared.`,
          ),
        ]
  if (parting === undefined)
    return html(
      "div",
      { class: "verdict" },
      html("p", {}, html("b", {}, "They are the same, event by event.")),
      ...upTo,
    )
  return html(
    "div",
    { class: "verdict" },
    html(
      "p",
      {},
      html(
        "b",
        {},
        parting.same === 0
          ? `They differ from the first event on: ${parting.what}.`
          : `The first ${Told.number(parting.same)} events are the same; then they differ: ${parting.what}.`,
      ),
    ),
    html("p", {}, `${a.name}: ${eventWords(a, parting.a)}`),
    html("p", {}, `${b.name}: ${eventWords(b, parting.b)}`),
    ...causal(divergence, a, b),
    byMachine,
    ...upTo,
  )
}

const settings = (a: Loaded, b: Loaded): ReadonlyArray<HTMLElement> => {
  const others = Difference.settings(a.log, b.log)
  if (others.length === 0) return [html("p", { class: "note" }, "Their settings are the same.")]
  const row = ({ name, a, b }: Difference.Setting) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, name),
      html("td", { class: "words" }, a),
      html("td", { class: "words" }, b),
    )
  const columns = [{ name: "Setting" }, { name: a.name }, { name: b.name }]
  const body = html("tbody", {}, ...others.map(row))
  return [Table.scrolling("settings that differ", Table.make("sides", "Settings that differ", columns, body))]
}

/** The diagram about where they part, the event lit. */
const picture = (
  { name, seen, log }: Loaded,
  event: Recorded | undefined,
  aroundUs: number,
  standingOf: (machine: number, version: number) => Divergence.Standing,
): HTMLElement => {
  const rates = seen.run.machines.map(({ rate }) => rate)
  const diagram = SpaceTime.make(seen.data, rates, `Space-time diagram of run ${name}.`)
  const index = event === undefined ? -1 : find(seen.data, `${event.machine}/${event.version}`)
  const { fromUs, toUs } = SpaceTime.firstWindow(seen.data, 900)
  const widthUs = Math.max(toUs - fromUs, fewestAround)
  diagram.show(TimeWindow.within(aroundUs - widthUs / 2, widthUs, seen.run.endUs))
  diagram.compare(seen.data.machine.map((machine, i) => standingOf(machine, seen.data.version[i]!)))
  diagram.select(index)
  const at = event === undefined ? seen.run.endUs : event.occurredAtUs - log.startUs
  const route: Route.RunRoute = {
    ...Route.ofRun(name),
    at: Math.min(seen.run.endUs, at + widthUs / 2) / 1e6,
    width: widthUs / 1e6,
    event: index < 0 ? undefined : `${event!.machine}/${event!.version}`,
  }
  return html("section", {}, html("h2", {}, html("a", { href: Route.format(route) }, name)), diagram.element)
}

const field = (label: string, list: string, value: string | undefined): HTMLInputElement =>
  html("input", { list, value: value ?? "", "aria-label": label, autocomplete: "off", spellcheck: "false" })

export const make = (first: Route.CompareRoute, { announce }: Shell): View => {
  const list = html("datalist", { id: "run-names" })
  const [one, other] = [field("first run", "run-names", first.a), field("second run", "run-names", first.b)]
  const form = html(
    "form",
    { class: "chooser" },
    html("label", {}, "One run", one),
    html("label", {}, "and another", other),
    html("button", { type: "submit", class: "main" }, "Compare"),
    list,
  )
  const answer = html(
    "div",
    {},
    html("p", { class: "note" }, "Choose two runs; the list of runs has boxes for it."),
  )
  const element = html(
    "div",
    { class: "compare-view" },
    html("div", { class: "heading" }, html("h1", { tabindex: -1 }, "Compare two runs")),
    form,
    answer,
  )
  let abort = new AbortController()

  const compare = async (a: string, b: string): Promise<void> => {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    answer.replaceChildren(html("p", { class: "note" }, "Reading both ..."))
    try {
      const [ofA, ofB] = await Promise.all([load(a, signal), load(b, signal)])
      const parting = Difference.inOrder(ofA.log, ofB.log)
      const divergence = Divergence.find(ofA.log, ofB.log)
      const told = verdict(ofA, ofB, parting, divergence)
      /** In causal order if they part there, else in that of the logs. */
      const first = divergence.first[0] ?? parting
      const at = (log: Difference.Log, event: Recorded | undefined): number =>
        event === undefined ? 0 : event.occurredAtUs - log.startUs
      const aroundUs = Math.max(at(ofA.log, first?.a), at(ofB.log, first?.b))
      answer.replaceChildren(
        told,
        ...settings(ofA, ofB),
        ...(first === undefined
          ? []
          : [
              html(
                "div",
                { class: "pair" },
                picture(ofA, first.a, aroundUs, (m, v) => divergence.standing("a", m, v)),
                picture(ofB, first.b, aroundUs, (m, v) => divergence.standing("b", m, v)),
              ),
            ]),
      )
      announce(told.querySelector("p")?.textContent ?? "")
    } catch (error) {
      if (signal.aborted) return
      answer.replaceChildren(Told.problem((error as Error).message))
      if (error instanceof Refused && error.status === 401)
        answer.append(TokenField.make(() => void compare(a, b)))
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const [a, b] = [one.value.trim(), other.value.trim()]
    if (a !== "" && b !== "") location.hash = Route.format({ view: "compare", a, b })
  })
  const take = ({ a, b }: Route.CompareRoute): void => {
    one.value = a ?? ""
    other.value = b ?? ""
    if (a !== undefined && b !== undefined) void compare(a, b)
  }
  take(first)
  latestRuns(mostOffered).then(
    ({ runs }) => list.append(...runs.map(({ run, status }) => html("option", { value: run }, status))),
    () => {},
  )

  return {
    element,
    title: "Compare two runs",
    goTo: (route) => {
      if (route.view !== "compare") return false
      take(route)
      return true
    },
    dispose: () => abort.abort(),
  }
}
