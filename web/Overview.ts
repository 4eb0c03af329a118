/** The whole run as a strip: how many events when, and the window upon it, to be moved and drawn anew. */
import { html, svg } from "./Elements.ts"
import type { SpaceTimeData } from "./SpaceTimeData.ts"
import { type TimeWindow, within } from "./TimeWindow.ts"

const height = 42
const edgePx = 7

export interface Overview {
  readonly element: HTMLElement
  readonly draw: (data: SpaceTimeData, width: number, left: number, right: number, window: TimeWindow) => void
}

/** Events in each of `bins` equal stretches of the run. */
export const density = (atUs: Float64Array, endUs: number, bins: number): Float64Array => {
  const counts = new Float64Array(bins)
  for (const us of atUs)
    counts[Math.min(bins - 1, Math.max(0, Math.floor((us / Math.max(1, endUs)) * bins)))]!++
  return counts
}

const binPx = 3

const areaOf = (data: SpaceTimeData, left: number, right: number): string => {
  const bins = Math.max(1, Math.floor((right - left) / binPx))
  const counts = density(data.atUs, data.endUs, bins)
  const most = counts.reduce((a, b) => Math.max(a, b), 1)
  const points = Array.from(counts, (count, i) => {
    const y = (height - 3 - (count / most) * (height - 10)).toFixed(1)
    return `L${(left + (i + 0.5) * ((right - left) / bins)).toFixed(1)} ${y}`
  })
  return `M${left} ${height - 3}${points.join("")}L${right} ${height - 3}Z`
}

export const make = (moved: (window: TimeWindow) => void): Overview => {
  const area = svg("path", { class: "density" })
  const shade = svg("path", { class: "shade" })
  const frame = svg("rect", { class: "window", y: 1.5, height: height - 3, rx: 3 })
  const picture = svg("svg", { class: "overview", "aria-hidden": "true", height }, area, shade, frame)
  const element = html("div", { class: "overview not-saved" }, picture)
  let [left, right, endUs, drawnFor] = [0, 1, 1, ""]
  let shown: TimeWindow = { fromUs: 0, toUs: 1 }
  const usAt = (x: number) => ((x - left) / (right - left)) * endUs
  const xAt = (us: number) => left + (us / Math.max(1, endUs)) * (right - left)

  /** What a drag that began here does to the window. */
  const dragOf = (x: number): ((to: number) => TimeWindow) => {
    const { fromUs, toUs } = shown
    const span = (a: number, b: number) => within(Math.min(a, b), Math.abs(b - a), endUs)
    if (Math.abs(x - xAt(fromUs)) < edgePx) return (to) => span(usAt(to), toUs)
    if (Math.abs(x - xAt(toUs)) < edgePx) return (to) => span(fromUs, usAt(to))
    if (usAt(x) > fromUs && usAt(x) < toUs)
      return (to) => within(fromUs + usAt(to) - usAt(x), toUs - fromUs, endUs)
    const width = toUs - fromUs
    return (to) =>
      Math.abs(to - x) < 4 ? within(usAt(x) - width / 2, width, endUs) : span(usAt(x), usAt(to))
  }

  let drag: ((to: number) => TimeWindow) | undefined
  const xOf = (event: PointerEvent) => event.clientX - picture.getBoundingClientRect().left
  picture.addEventListener("pointerdown", (event) => {
    picture.setPointerCapture(event.pointerId)
    drag = dragOf(xOf(event))
    moved(drag(xOf(event)))
  })
  picture.addEventListener("pointermove", (event) => {
    if (drag !== undefined) moved(drag(xOf(event)))
  })
  for (const name of ["pointerup", "pointercancel"])
    picture.addEventListener(name, () => {
      drag = undefined
    })

  return {
    element,
    draw: (data, width, leftPx, rightPx, window) => {
      ;[left, right, endUs] = [leftPx, rightPx, data.endUs]
      shown = window
      picture.setAttribute("width", String(width))
      picture.setAttribute("viewBox", `0 0 ${width} ${height}`)
      const key = `${width} ${left} ${right} ${data.atUs.length} ${endUs}`
      if (key !== drawnFor) area.setAttribute("d", areaOf(data, left, right))
      drawnFor = key
      const [x1, x2] = [xAt(window.fromUs), Math.max(xAt(window.toUs), xAt(window.fromUs) + 2)]
      frame.setAttribute("x", x1.toFixed(1))
      frame.setAttribute("width", (x2 - x1).toFixed(1))
      shade.setAttribute(
        "d",
        `M${left} 0H${x1.toFixed(1)}V${height}H${left}ZM${x2.toFixed(1)} 0H${right}V${height}H${x2.toFixed(1)}Z`,
      )
    },
  }
}
