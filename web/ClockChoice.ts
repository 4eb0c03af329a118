/** Where a clock is picked whose order the diagram is to show, and what that order is worth at the chosen event. */
import type { Clock } from "../src/domain/clocks/Clock.ts"
import { registry } from "../src/domain/clocks/Registered.ts"
import type { ClockOrder } from "./ClockOrder.ts"
import { html } from "./Elements.ts"
import { addressOf, type SpaceTimeData } from "./SpaceTimeData.ts"

export interface ClockChoice {
  readonly element: HTMLElement
  readonly clock: () => Clock | undefined
  readonly show: (
    data: SpaceTimeData,
    selected: number,
    order: ClockOrder | undefined,
    isOffered: boolean,
  ) => void
}

export const inWords = (data: SpaceTimeData, selected: number, order: ClockOrder): string => {
  const { clock, falselyBefore, falselyAfter, concurrent } = order
  const about = addressOf(data, selected)
  if (concurrent === 0) return `Nothing is concurrent with ${about}: whatever ${clock.title} orders is real.`
  if (falselyBefore + falselyAfter === 0)
    return `${clock.title} leaves all ${concurrent} events that are concurrent with ${about} unordered: every arrow is real.`
  return `${clock.title} orders ${falselyBefore + falselyAfter} of the ${concurrent} events that are concurrent with ${about}, ${falselyBefore} before it and ${falselyAfter} after it: dashed arrows are not real, and how far they reach beyond the real ones is its false order.`
}

export const make = (changed: () => void): ClockChoice => {
  const select = html(
    "select",
    { "data-lightcone": "clock" },
    html("option", { value: "" }, "happened before"),
    ...registry.map(({ name, title }) => html("option", { value: name }, title)),
  )
  const words = html("span", { class: "clock-words", "data-lightcone": "clock order", role: "status" })
  const element = html("div", { class: "clock-choice" }, html("label", {}, "order of ", select), " ", words)
  const clock = () => registry.find(({ name }) => name === select.value)
  select.addEventListener("change", changed)
  return {
    element,
    clock,
    show: (data, selected, order, isOffered) => {
      select.disabled = !isOffered
      words.textContent = !isOffered
        ? "This run is too long for its clocks to be shown here: lightcone clocks compares them."
        : order !== undefined
          ? inWords(data, selected, order)
          : clock() === undefined
            ? ""
            : "Choose an event to see which arrows of this order are real."
    },
  }
}
