/** Colours to names, shown once above the charts of a run or of a sweep. */
import { html, svg } from "./Elements.ts"
import type * as Palette from "./Palette.ts"

export const make = (entries: ReadonlyArray<Palette.Entry>): HTMLElement =>
  html(
    "ul",
    { class: "key" },
    ...entries.map(({ colour, dash, name }) => {
      const path = svg("path", { d: "M1 4H25" })
      path.style.stroke = colour
      path.style.strokeWidth = "2.5"
      path.style.strokeDasharray = dash
      const line = svg("svg", { viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true" }, path)
      return html("li", {}, line, name)
    }),
  )
