/** The drawing itself: rows, axis, cones, arrows and marks as SVG, made anew from the data at every frame. */
import { Standing } from "../src/domain/divergence/Standing.ts"
import type { ClockOrder } from "./ClockOrder.ts"
import type { Cone } from "./Cone.ts"
import { html, svg } from "./Elements.ts"
import { axisY, type Layout, nameLength, xOf, yOf } from "./Layout.ts"
import { short } from "./MachineName.ts"
import * as Paths from "./Paths.ts"
import { type SpaceTimeData, State } from "./SpaceTimeData.ts"
import { secondsOf, ticks } from "./TimeWindow.ts"

/** What was drawn last: arrow k of a group's paths is `messages[k]`, mark k is `events[k]`. */
export interface Drawn {
  readonly arrows: ReadonlyArray<Paths.Arrows>
  readonly marks: ReadonlyArray<Paths.Marks>
  readonly messages: ReadonlyArray<number>
}

export interface Look {
  readonly cone: Cone | undefined
  /** The event under the pointer or the keys, -1 if there is none; and the message. */
  readonly event: number
  readonly message: number
  readonly selected: number
  /** By event, of a run that is compared with another: 2 is changed, 3 is where they part. */
  readonly standing?: ArrayLike<number> | undefined
  /** Of the clock that was picked, about the chosen event. */
  readonly order: ClockOrder | undefined
}

export interface Plane {
  readonly element: SVGSVGElement
  /** What follows the pointer, over the drawing: so the drawing, which may be large, is not painted anew with it. */
  readonly over: HTMLElement
  readonly draw: (data: SpaceTimeData, layout: Layout, look: Look) => Drawn
  /** The ring and the message beneath the pointer alone. */
  readonly point: (data: SpaceTimeData, layout: Layout, look: Look) => void
}

const stateNames = ["received", "dropped", "in-inbox", "in-flight", "later"]
const lightsInOrder: ReadonlyArray<Paths.Light> = ["dim", "plain", "past", "future"]

let made = 0

/** Those that an event sent, and the one that it took. */
const messagesOf = (data: SpaceTimeData, event: number): ReadonlyArray<number> => {
  if (event < 0) return []
  const first = data.firstMessage[event]!
  const sent = Array.from({ length: data.firstMessage[event + 1]! - first }, (_, i) => first + i)
  const taken = data.messageTaken[event]!
  return taken < 0 ? sent : [taken, ...sent]
}

const spansOfCone = (data: SpaceTimeData, cone: Cone, half: "past" | "future") => {
  const spans: Array<readonly [number, number, number]> = []
  for (let machine = 1; machine <= data.machines; machine++) {
    const own = data.ofMachine[machine]!
    const place = cone[half][machine]!
    const at = own[place] === undefined ? undefined : data.atUs[own[place]!]!
    if (at === undefined) continue
    spans.push(half === "past" ? [machine, 0, at] : [machine, at, data.endUs])
  }
  return spans
}

const spansOfLives = (data: SpaceTimeData) =>
  data.lives.flatMap((own, i) => own.map(([from, to]) => [i + 1, from, to] as const))

const spansOfPauses = (data: SpaceTimeData) =>
  data.lives.flatMap((own, i) => own.slice(1).map(([from], k) => [i + 1, own[k]![1], from] as const))

export const make = (rates: ReadonlyArray<number | null>, description: string): Plane => {
  const id = `plane-${++made}`
  const clip = svg("rect", {})
  const axis = svg("g", { class: "axis" })
  const rows = svg("g", { class: "rows" })
  const lives = svg("path", { class: "lives" })
  const pauses = svg("path", { class: "pauses" })
  const past = svg("path", { class: "cone past", "data-lightcone": "cone past" })
  const future = svg("path", { class: "cone future", "data-lightcone": "cone future" })
  const layers = new Map(lightsInOrder.map((light) => [light, svg("g", { class: `light-${light}` })]))
  const markLayers = new Map(lightsInOrder.map((light) => [light, svg("g", { class: `light-${light}` })]))
  const cuts = svg("path", { class: "cuts", "data-lightcone": "cuts" })
  const changed = svg("path", { class: "changed", "data-lightcone": "events changed" })
  const partings = svg("path", { class: "partings", "data-lightcone": "events parting" })
  const strong = svg("path", { class: "pointed" })
  const chosen = svg("circle", { class: "chosen", r: 9 })
  const pointed = svg("path", { class: "pointed" })
  const realOrder = svg("path", { class: "order real", "data-lightcone": "order real" })
  const falseOrder = svg("path", { class: "order false", "data-lightcone": "order false" })
  const orderHeads = svg("path", { class: "order-heads" })
  const ring = svg("circle", { class: "ring", r: 9 })
  const inside = svg(
    "g",
    { "clip-path": `url(#${id})` },
    past,
    future,
    lives,
    pauses,
    ...layers.values(),
    cuts,
    changed,
    partings,
    strong,
    realOrder,
    falseOrder,
    orderHeads,
    ...markLayers.values(),
    chosen,
  )
  const element = svg(
    "svg",
    { class: "plane", "data-lightcone": "space-time", role: "img", "aria-label": description },
    svg("title", {}, "Space-time diagram"),
    svg("desc", {}, description),
    svg("defs", {}, svg("clipPath", { id }, clip)),
    axis,
    inside,
    rows,
  )
  const cover = svg("svg", { class: "plane" }, svg("g", { "clip-path": `url(#${id})` }, pointed, ring))
  const over = html("div", { class: "pointing not-saved", "aria-hidden": "true" }, cover)
  const put = (layer: SVGGElement, paths: ReadonlyArray<string>, attributes: Record<string, string>): void =>
    layer.append(...paths.map((d) => svg("path", { ...attributes, d })))

  const drawArrows = (data: SpaceTimeData, layout: Layout, arrows: ReadonlyArray<Paths.Arrows>): void => {
    for (const layer of layers.values()) layer.replaceChildren()
    for (const { state, light, messages, paths, heads } of arrows) {
      const name = stateNames[state]!
      const layer = layers.get(light)!
      const attributes = { "data-lightcone": `messages ${name}`, "data-light": light }
      put(layer, paths, { class: `arrows ${name}`, ...attributes })
      if (heads !== "") put(layer, [heads], { class: "heads" })
      if (state === State.received || state === State.dropped) continue
      put(layer, [Paths.openEnds(data, layout, messages)], { class: `ends ${name}` })
    }
  }

  const drawMarks = (data: SpaceTimeData, marks: ReadonlyArray<Paths.Marks>): void => {
    for (const layer of markLayers.values()) layer.replaceChildren()
    for (const { kind, light, paths } of marks) {
      const name = data.kinds[kind]!
      const attributes = { "data-lightcone": `events ${name}`, "data-light": light }
      put(markLayers.get(light)!, paths, { class: `marks ${name}`, ...attributes })
    }
  }

  const drawStanding = (
    data: SpaceTimeData,
    layout: Layout,
    { standing }: Look,
    events: ReadonlyArray<number>,
  ): void => {
    const at = (is: number, shape: string): string =>
      events
        .filter((event) => standing?.[event] === is)
        .map(
          (event) =>
            `M${Paths.decimal(xOf(layout, data.atUs[event]!))} ${Paths.decimal(yOf(layout, data.machine[event]!))}${shape}`,
        )
        .join("")
    changed.setAttribute("d", at(Standing.changed, "h0"))
    // A square on its corner, about the mark.
    partings.setAttribute("d", at(Standing.first, "m0-11l11 11l-11 11l-11-11z"))
  }

  const place = (data: SpaceTimeData, circle: SVGCircleElement, layout: Layout, event: number): void => {
    circle.setAttribute("visibility", event < 0 ? "hidden" : "visible")
    if (event < 0) return
    circle.setAttribute("cx", xOf(layout, data.atUs[event]!).toFixed(1))
    circle.setAttribute("cy", yOf(layout, data.machine[event]!).toFixed(1))
  }

  const linesOf = (data: SpaceTimeData, layout: Layout, messages: ReadonlyArray<number>): string =>
    messages
      .map((message) => {
        const { x1, y1, x2, y2 } = Paths.endsOf(data, layout, message)
        return `M${x1} ${y1}L${x2} ${y2}`
      })
      .join("")
  const point = (data: SpaceTimeData, layout: Layout, { event, message }: Look): void => {
    place(data, ring, layout, event)
    pointed.setAttribute("d", linesOf(data, layout, message < 0 ? [] : [message]))
  }

  const drawOrder = (data: SpaceTimeData, layout: Layout, order: ClockOrder | undefined): void => {
    const arrows = order?.arrows ?? []
    const paths = (isReal: boolean) =>
      Paths.straight(
        data,
        layout,
        arrows.filter((arrow) => arrow.isReal === isReal),
      )
    realOrder.setAttribute("d", paths(true).lines)
    falseOrder.setAttribute("d", paths(false).lines)
    orderHeads.setAttribute("d", Paths.straight(data, layout, arrows).heads)
  }

  return {
    element,
    over,
    point,
    draw: (data, layout, look) => {
      const { width, height, left, right } = layout
      for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }))
        for (const drawing of [element, cover]) drawing.setAttribute(name, String(value))
      element.classList.toggle("small", Paths.isSmall(layout))
      element.classList.toggle("lit", look.cone !== undefined)
      const box = {
        x: left - 8,
        y: layout.head,
        width: right - left + 16,
        height: axisY(layout) - layout.head,
      }
      for (const [name, value] of Object.entries(box)) clip.setAttribute(name, String(value))
      axis.replaceChildren(...axisOf(data, layout))
      rows.replaceChildren(...labelsOf(data, layout, rates))
      lives.setAttribute("d", Paths.bars(layout, spansOfLives(data)))
      pauses.setAttribute("d", Paths.bars(layout, spansOfPauses(data)))
      const { cone } = look
      past.setAttribute("d", cone === undefined ? "" : Paths.bars(layout, spansOfCone(data, cone, "past")))
      future.setAttribute(
        "d",
        cone === undefined ? "" : Paths.bars(layout, spansOfCone(data, cone, "future")),
      )
      const coneWidth = (layout.rowHeight * (layout.machines > 1 ? 0.72 : 0.4)).toFixed(1)
      for (const path of [past, future]) path.setAttribute("stroke-width", coneWidth)
      const messages = Paths.messagesIn(data, layout)
      const arrows = Paths.arrows(data, layout, cone, messages)
      const events = Paths.eventsIn(data, layout)
      const marks = Paths.marks(data, layout, cone, events)
      element.classList.toggle("dense", Paths.areDense(events))
      drawStanding(data, layout, look, events)
      drawArrows(data, layout, arrows)
      drawMarks(data, marks)
      cuts.setAttribute("d", Paths.cuts(data, layout))
      place(data, chosen, layout, look.selected)
      strong.setAttribute("d", linesOf(data, layout, messagesOf(data, look.selected)))
      drawOrder(data, layout, look.order)
      point(data, layout, look)
      return { arrows, marks, messages }
    },
  }
}

/** Where the axis is the order of events, a second stands for one. */
const eventUs = 1_000_000

const titleOf = (data: SpaceTimeData, layout: Layout): SVGElement =>
  svg(
    "text",
    { class: "tick", x: layout.right, y: axisY(layout) + 34, "text-anchor": "end" },
    layout.width < 480 ? "order of events" : data.axisTitle,
  )

const axisOf = (data: SpaceTimeData, layout: Layout): ReadonlyArray<SVGElement> => {
  const isTime = data.axis === "time"
  const marks = ticks(layout, (layout.right - layout.left) / 90).filter((us) => isTime || us % eventUs === 0)
  const stepUs = marks.length > 1 ? marks[1]! - marks[0]! : layout.toUs - layout.fromUs
  const bottom = axisY(layout)
  const label = (us: number, i: number, y: number) =>
    svg(
      "text",
      { class: "tick", x: xOf(layout, us).toFixed(1), y, "text-anchor": "middle" },
      isTime ? `${secondsOf(us, stepUs)}${i === marks.length - 1 ? " s" : ""}` : String(us / eventUs),
    )
  const grid = marks.map((us) => `M${xOf(layout, us).toFixed(1)} ${layout.head + 2}V${bottom}`).join("")
  const faults = data.marks.filter(({ atUs }) => atUs >= layout.fromUs && atUs <= layout.toUs)
  return [
    svg("path", { class: "grid", d: grid }),
    ...marks.map((us, i) => label(us, i, bottom + 17)),
    ...(layout.head > 0 ? marks.map((us, i) => label(us, i, 11)) : []),
    ...(isTime ? [] : [titleOf(data, layout)]),
    ...faults.map(({ atUs, kind }) =>
      svg(
        "path",
        { class: "run-mark", "data-kind": kind, d: `M${xOf(layout, atUs).toFixed(1)} 0V${bottom}` },
        svg("title", {}, kind),
      ),
    ),
  ]
}

/** Machines up to this many have a colour of their own, the same in every figure. */
export const mostColours = 7

/** As they stand at the rows. */
export const namesIn = (data: SpaceTimeData, most: number): ReadonlyArray<string> =>
  Array.from({ length: data.machines }, (_, i) => short(data.names[i], i + 1, most))

const labelsOf = (
  data: SpaceTimeData,
  layout: Layout,
  rates: ReadonlyArray<number | null>,
): ReadonlyArray<SVGElement> => {
  const every = layout.rowHeight < 11 ? 10 : 1
  const names = namesIn(data, nameLength(layout.width))
  const labels: Array<SVGElement> = []
  for (let machine = 1; machine <= data.machines; machine++) {
    if (machine !== 1 && machine % every !== 0) continue
    const y = yOf(layout, machine)
    const x = layout.left - 16
    const name = names[machine - 1]!
    const whole = data.names[machine - 1] ?? name
    const label = svg("text", { class: "machine", x, y: y + 3.6, "text-anchor": "end" }, name)
    if (name !== whole) label.append(svg("title", {}, whole))
    if (data.machines <= mostColours) label.style.fill = `var(--machine-${machine})`
    labels.push(label)
    if (layout.rowHeight < 40 || typeof rates[machine - 1] !== "number") continue
    labels.push(
      svg("text", { class: "rate", x, y: y + 18, "text-anchor": "end" }, `${rates[machine - 1]} / s`),
    )
  }
  return labels
}
