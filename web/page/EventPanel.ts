/** The event that is chosen, in words: what it was, how its clock came to be, what became of its messages, its cone. */
import type * as Cone from "../Cone.ts"
import { button, html } from "../Elements.ts"
import * as Jump from "../Jump.ts"
import { called } from "../MachineName.ts"
import { addressOf, type SpaceTimeData } from "../SpaceTimeData.ts"
import * as Words from "../Words.ts"
import * as Chain from "./Chain.ts"

export interface EventPanel {
  readonly element: HTMLElement
  readonly show: (data: SpaceTimeData, event: number, cone: Cone.Cone | undefined) => void
}

const hint = (): ReadonlyArray<HTMLElement> => [
  html("h2", {}, "No event chosen"),
  html(
    "p",
    { class: "note" },
    "Click an event, or go into the diagram with Tab: the arrow keys walk along a machine and across messages, Enter lights up what could have influenced the event and what it could have influenced.",
  ),
]

export const make = (run: string, choose: (event: number) => void): EventPanel => {
  const element = html("section", { class: "event-panel", "aria-label": "the chosen event" }, ...hint())
  let shown = ""

  const link = (data: SpaceTimeData, event: number): HTMLElement =>
    button(addressOf(data, event), `choose ${addressOf(data, event)}`, () => choose(event))

  const messages = (data: SpaceTimeData, event: number): ReadonlyArray<HTMLElement> => {
    const taken = data.messageTaken[event]!
    const sent = Array.from(
      { length: data.firstMessage[event + 1]! - data.firstMessage[event]! },
      (_, i) => data.firstMessage[event]! + i,
    )
    const came =
      taken < 0
        ? []
        : [
            html(
              "li",
              {},
              "from ",
              link(data, data.send[taken]!),
              ` ${Words.messageLines(data, taken).slice(1).join("; ")}`,
            ),
          ]
    const went = sent.map((message) => {
      const end = data.end[message]!
      const to = called(data.names[data.recipient[message]! - 1], data.recipient[message]!)
      const lines = Words.messageLines(data, message).slice(1).join("; ")
      return html("li", {}, `to ${to} `, ...(end < 0 ? [] : [link(data, end), " "]), lines)
    })
    return came.length + went.length === 0
      ? []
      : [html("h3", {}, "Its messages"), html("ul", { class: "messages" }, ...came, ...went)]
  }

  const cones = (cone: Cone.Cone | undefined): HTMLElement =>
    cone === undefined
      ? html("p", {}, "It stands outside happened-before.")
      : html(
          "ul",
          { class: "cones" },
          html("li", { class: "past" }, html("b", {}, cone.before.toLocaleString("en")), " before"),
          html("li", { class: "future" }, html("b", {}, cone.after.toLocaleString("en")), " after"),
          html("li", { class: "dim" }, html("b", {}, cone.concurrent.toLocaleString("en")), " concurrent"),
        )

  return {
    element,
    show: (data, event, cone) => {
      const key =
        event < 0
          ? ""
          : `${addressOf(data, event)} ${cone?.before} ${cone?.after} ${cone?.concurrent} ${Words.eventLines(data, event).join()}`
      if (key === shown) return
      const isOther = key.split(" ")[0] !== shown.split(" ")[0]
      shown = key
      if (event < 0) return element.replaceChildren(...hint())
      const [title, ...lines] = Words.eventLines(data, event)
      const words = Jump.inWords(data, event)
      const rests = Jump.restsOn(data, event)
      // The chain stays open while the run goes on.
      const chain = isOther
        ? Chain.make(run, addressOf(data, event), data.names)
        : element.querySelector(".chain")
      element.replaceChildren(
        html("h2", {}, title!),
        ...lines.map((line) => html("p", { class: "line" }, line)),
        ...(words === undefined ? [] : [html("p", { class: "jump" }, words)]),
        ...(rests === undefined ? [] : [html("p", { class: "note" }, rests)]),
        cones(cone),
        ...messages(data, event),
        ...(words === undefined || chain === null ? [] : [chain]),
      )
    },
  }
}
