/** The moment that is looked at: a slider over the run, and a button that follows what comes. */
import { html } from "../Elements.ts"
import * as Told from "./Told.ts"

export interface MomentState {
  readonly atUs: number
  readonly endUs: number
  readonly widthUs: number
  readonly following: boolean
  readonly ended: boolean
  /** The moment in words. */
  readonly text: string
}

export interface Moment {
  readonly element: HTMLElement
  readonly show: (state: MomentState) => void
}

export interface Actions {
  readonly moved: (atUs: number) => void
  readonly follow: (following: boolean) => void
}

const stepsPerWindow = 40

const nothing: MomentState = { atUs: 0, endUs: 1, widthUs: 1, following: true, ended: false, text: "" }

export const make = ({ moved, follow }: Actions): Moment => {
  const slider = html("input", { type: "range", min: 0, max: 1, value: 0, "aria-label": "moment of the run" })
  const toggle = html("button", { type: "button", class: "follow" }, "Pause")
  const time = html("output", { class: "time" })
  let state = nothing
  slider.addEventListener("input", () => moved(Number(slider.value)))
  toggle.addEventListener("click", () => follow(!state.following))
  /** By the window's width, as a run may last from a second to days. */
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1 / stepsPerWindow,
    ArrowDown: -1 / stepsPerWindow,
    ArrowRight: 1 / stepsPerWindow,
    ArrowUp: 1 / stepsPerWindow,
    PageDown: -0.8,
    PageUp: 0.8,
  }
  slider.addEventListener("keydown", (event) => {
    const step = steps[event.key]
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    moved(Math.min(state.endUs, Math.max(0, state.atUs + step * state.widthUs)))
  })
  return {
    element: html("div", { class: "moment", role: "group", "aria-label": "time" }, toggle, slider, time),
    show: (next) => {
      state = next
      const { atUs, endUs, following, ended, text } = next
      slider.max = String(Math.max(1, Math.round(endUs)))
      slider.value = String(Math.round(atUs))
      slider.setAttribute("aria-valuetext", text)
      Told.put(toggle, ended ? "To the end" : following ? "Pause" : "Follow")
      toggle.disabled = ended && following
      toggle.classList.toggle("on", following && !ended)
      Told.put(time, text)
    },
  }
}
