/** A figure's place on the page: its drawing, made again when its width changes, and the buttons that save it. */
import { button, html } from "./Elements.ts"
import * as Saving from "./Saving.ts"

export interface Frame {
  readonly drawing: HTMLElement
  readonly words: string
  /** Draws now, and whenever the width changes; what it gives draws again. */
  readonly drawAtWidth: (draw: (width: number) => ReadonlyArray<Element>) => () => void
}

/** `fileName` without its ending; `rows` what the figure shows. */
export const make = (
  figure: HTMLElement,
  fileName: string,
  rows: () => Iterable<ReadonlyArray<string | number | null>>,
): Frame => {
  const heading = figure.querySelector("h2, h3")
  const title = heading?.textContent ?? fileName
  const words = figure.dataset.alternative ?? title
  const drawing = figure.querySelector<HTMLElement>(".drawing")!
  const picture = () => Saving.standalone(drawing, title, words)
  const saved = (kind: string, act: () => void) => button(kind, `save ${title} as ${kind}`, act)
  const buttons = html(
    "div",
    { class: "buttons", role: "group", "aria-label": `save ${title}` },
    saved("SVG", () => Saving.saveText(`${fileName}.svg`, "image/svg+xml", Saving.svgText(picture()))),
    saved("PNG", () => {
      void Saving.png(picture()).then((blob) => Saving.save(`${fileName}.png`, blob))
    }),
    saved("CSV", () => Saving.saveText(`${fileName}.csv`, "text/csv", Saving.csv(rows()))),
  )
  heading?.after(buttons)
  drawing.replaceChildren()
  return {
    drawing,
    words,
    drawAtWidth: (draw) => {
      let drawnAt = 0
      const redraw = (isAnother = false) => {
        const width = Math.max(260, Math.floor(drawing.clientWidth))
        if (width === drawnAt && !isAnother) return
        drawnAt = width
        drawing.replaceChildren(...draw(width))
      }
      redraw()
      new ResizeObserver(() => requestAnimationFrame(() => redraw())).observe(drawing)
      return () => redraw(true)
    },
  }
}

/** Names a chart for those who do not see it. */
export const describe = (chart: Element, words: string): Element => {
  const picture = chart instanceof SVGSVGElement ? chart : chart.querySelector("svg")
  picture?.setAttribute("role", "img")
  picture?.setAttribute("aria-label", words)
  return chart
}
