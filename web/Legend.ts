/** What the signs of the diagram mean; only of those that are in it. */
import { html, svg } from "./Elements.ts"
import { type SpaceTimeData, State } from "./SpaceTimeData.ts"

export interface Legend {
  readonly element: HTMLElement
  /** There are changed events to be explained. */
  readonly compared: () => void
  readonly lit: (lit: boolean) => void
  /** Of what this data has. */
  readonly show: (data: SpaceTimeData) => void
}

const sample = (...children: ReadonlyArray<SVGElement>): SVGSVGElement =>
  svg(
    "svg",
    { class: "plane sample", width: 30, height: 14, viewBox: "0 0 30 14", "aria-hidden": "true" },
    ...children,
  )

const entry = (name: string, ...children: ReadonlyArray<SVGElement>): HTMLElement =>
  html("li", {}, sample(...children), name)

const mark = (kind: string, d = "h0"): SVGElement => svg("path", { class: `marks ${kind}`, d: `M15 7${d}` })

const crossed = "m-3.5-3.5l7 7m-7 0l7-7"
const kinds: Readonly<Record<string, () => HTMLElement>> = {
  internal: () => entry("internal", mark("internal")),
  sent: () => entry("sent", mark("sent")),
  received: () => entry("received", mark("received")),
  dropped: () => entry("dropped", mark("dropped", crossed)),
  missed: () => entry("missed ticks", mark("missed", crossed)),
  started: () => entry("started, stopped, resumed", mark("started", "m0-6v12")),
}

const arrow = (state: string): SVGElement => svg("path", { class: `arrows ${state}`, d: "M2 12L27 2" })

const states: ReadonlyArray<readonly [state: number, () => HTMLElement]> = [
  [
    State.received,
    () =>
      entry(
        "message received",
        arrow("received"),
        svg("path", { class: "heads", d: "M27 2L19.7 2.1L21.6 7Z" }),
      ),
  ],
  [State.dropped, () => entry("message dropped", arrow("dropped"))],
  [
    State["in-inbox"],
    () =>
      entry("left in the inbox", arrow("in-inbox"), svg("path", { class: "ends in-inbox", d: "M26 2.5h0" })),
  ],
  [
    State["in-flight"],
    () => entry("in flight", arrow("in-flight"), svg("path", { class: "ends in-flight", d: "M26 2.5h0" })),
  ],
  [State.later, () => entry("received later", arrow("later"))],
]

export const make = (): Legend => {
  const cones = [
    html("li", { class: "of-cone" }, html("i", { class: "swatch past" }), "its past"),
    html("li", { class: "of-cone" }, html("i", { class: "swatch future" }), "its future"),
    html("li", { class: "of-cone" }, html("i", { class: "swatch dim" }), "concurrent"),
  ]
  const element = html("ul", { class: "legend" }, ...cones)
  let comparison: ReadonlyArray<HTMLElement> = []
  let shown = ""
  const show = (data: SpaceTimeData): void => {
    const present = Object.keys(kinds).filter((kind) => data.kinds.includes(kind))
    const occurring = states.filter(([state]) => data.state.includes(state))
    const hasCuts = Object.keys(data.cuts).length > 0
    const key = [...present, ...occurring.map(([state]) => state), hasCuts].join(" ")
    if (key === shown) return
    shown = key
    element.replaceChildren(
      ...present.map((kind) => kinds[kind]!()),
      ...occurring.map(([, make]) => make()),
      ...(hasCuts ? [entry("a snapshot's cut", svg("path", { class: "cuts", d: "M11 0L19 14" }))] : []),
      ...comparison,
      ...cones,
    )
  }
  const compared = (): void => {
    comparison = [
      entry("where the runs part", svg("path", { class: "partings", d: "M15 1l6 6l-6 6l-6-6z" })),
      entry("changed", svg("path", { class: "changed", d: "M15 7h0" }), mark("internal")),
    ]
    shown = ""
  }
  return { element, compared, lit: (lit) => element.classList.toggle("lit", lit), show }
}
