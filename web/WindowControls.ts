/** Buttons and two fields for the window of time, for keys and for exact times. */
import { html } from "./Elements.ts"
import { secondsOf, type TimeWindow, within } from "./TimeWindow.ts"

export interface WindowControls {
  readonly element: HTMLElement
  readonly show: (window: TimeWindow, endUs: number) => void
}

const field = (label: string): HTMLInputElement =>
  html("input", { type: "text", inputmode: "decimal", size: 7, "aria-label": label })

export const make = (
  axis: "time" | "order",
  moved: (window: TimeWindow) => void,
  buttons: ReadonlyArray<HTMLElement>,
): WindowControls => {
  const [unit, sign] = axis === "time" ? ["seconds", " s"] : ["events", " (events)"]
  const from = field(`window from, ${unit}`)
  const to = field(`window to, ${unit}`)
  let endUs = 1
  let isTyping = false
  let shown: TimeWindow = { fromUs: 0, toUs: endUs }
  const show = (window: TimeWindow, untilUs: number): void => {
    shown = window
    endUs = untilUs
    if (isTyping) return
    const stepUs = Math.max((window.toUs - window.fromUs) / 100, axis === "time" ? 0 : 100_000)
    from.value = secondsOf(window.fromUs, stepUs)
    to.value = secondsOf(window.toUs, stepUs)
  }
  const entered = (): void => {
    isTyping = false
    const [fromUs, toUs] = [Number(from.value) * 1e6, Number(to.value) * 1e6]
    const holds = from.value.trim() !== "" && to.value.trim() !== "" && fromUs < toUs
    if (holds) moved(within(fromUs, toUs - fromUs, endUs))
    else show(shown, endUs)
  }
  for (const input of [from, to]) {
    input.addEventListener("change", entered)
    input.addEventListener("input", () => {
      isTyping = true
    })
  }
  const element = html(
    "div",
    { class: "controls not-saved" },
    ...buttons,
    html("span", {}, from, " to ", to, sign),
  )
  return { element, show }
}
