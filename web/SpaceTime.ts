/**
 * The space-time diagram: machines as lines, time to the right, and the true arrow of every message. It is drawn
 * whole at every frame from columns of numbers into some twenty SVG paths. A library that binds a node to each
 * event was rejected: a hundred thousand nodes are neither laid out nor moved in time.
 *
 * Keys, when it has the focus: left and right walk along a machine, up and down across messages, Enter chooses,
 * Escape lets go, + and - zoom, 0 shows the whole run, page up and down move the window.
 */
import * as ClockChoice from "./ClockChoice.ts"
import * as ClockOrder from "./ClockOrder.ts"
import * as Cone from "./Cone.ts"
import { button, html } from "./Elements.ts"
import * as Gestures from "./Gestures.ts"
import * as Hit from "./Hit.ts"
import * as Layout from "./Layout.ts"
import * as Legend from "./Legend.ts"
import * as Overview from "./Overview.ts"
import * as Plane from "./Plane.ts"
import { placeAt, type SpaceTimeData } from "./SpaceTimeData.ts"
import * as TimeWindow from "./TimeWindow.ts"
import * as Walk from "./Walk.ts"
import * as WindowControls from "./WindowControls.ts"
import * as Words from "./Words.ts"

export interface SpaceTime {
  readonly element: HTMLElement
  readonly svg: SVGSVGElement
  readonly data: () => SpaceTimeData
  /** The same run, with more events; the window stays. `selected` is the chosen event's place in the new data. */
  readonly grow: (data: SpaceTimeData, selected: number) => void
  /** -1 if none is chosen. */
  readonly selected: () => number
  readonly window: () => TimeWindow.TimeWindow
  readonly zoomTo: (fromUs: number, toUs: number) => void
  /** The same at the next frame. */
  readonly show: (window: TimeWindow.TimeWindow) => void
  /** Lights up the cone of an event; -1 lets go. */
  readonly select: (event: number) => void
  /** Marks by event what is another in the run that this one is compared with. */
  readonly compare: (standing: ArrayLike<number>) => void
  readonly cone: () => Cone.Cone | undefined
  /** In pixels of the drawing, wherever the event is. */
  readonly positionOf: (event: number) => { readonly x: number; readonly y: number }
  readonly drawn: () => Plane.Drawn
  /** Draws at once what was put off until the next frame. */
  readonly flush: () => void
}

/** What happened to the diagram by somebody's hand, for whoever shows more of the same beside it. */
export interface Listener {
  readonly moved?: (window: TimeWindow.TimeWindow) => void
  readonly chosen?: (event: number) => void
}

/** Events of one machine that have room side by side at first, and of all machines together. */
const pxPerEvent = 22
const mostEventsAtFirst = 2_500

/** After so long without a move the picture is at rest. */
const stillMs = 160

/** More rows than this are scrolled in a frame of their own. */
const mostRowsAtOnce = 160

/** How much time is told apart well, by how dense the first events are. */
export const firstWidthUs = (data: SpaceTimeData, widthPx: number): number => {
  const wanted = Math.min(mostEventsAtFirst, (widthPx / pxPerEvent) * data.machines)
  return data.atUs.length - 1 < wanted ? data.endUs : data.atUs[Math.floor(wanted)]! - data.atUs[0]!
}

/** The window that opens the diagram: as much from the start as is told apart well. */
export const firstWindow = (data: SpaceTimeData, widthPx: number): TimeWindow.TimeWindow => {
  const widthUs = firstWidthUs(data, widthPx)
  return widthUs > data.endUs * 0.7
    ? { fromUs: 0, toUs: Math.max(data.endUs, 1) }
    : TimeWindow.within(0, widthUs, data.endUs)
}

export const make = (
  first: SpaceTimeData,
  rates: ReadonlyArray<number | null>,
  description: string,
  { moved, chosen }: Listener = {},
): SpaceTime => {
  let data = first
  const plane = Plane.make(rates, description)
  const tip = html("div", { class: "tip not-saved", hidden: "" })
  const live = html("p", { class: "spoken not-saved", "aria-live": "polite", role: "status" })
  const told = html("p", { class: "told" })
  const stage = html(
    "div",
    {
      class: data.machines > mostRowsAtOnce ? "stage tall" : "stage",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "space-time diagram",
      "aria-label": `${description} Arrow keys walk from event to event, Enter lights up a cone, Escape lets go, plus and minus zoom.`,
    },
    plane.element,
    plane.over,
    tip,
  )
  let shown: TimeWindow.TimeWindow | undefined
  const layoutOf = (width: number, window: TimeWindow.TimeWindow): Layout.Layout =>
    Layout.make(width, data.machines, window, {
      names: Math.max(0, ...Plane.namesIn(data, Layout.nameLength(width)).map((name) => name.length)),
      isTitled: data.axis === "order",
    })
  let layout = layoutOf(800, { fromUs: 0, toUs: Math.max(1, data.endUs) })
  let look: Plane.Look = { cone: undefined, event: -1, message: -1, selected: -1, order: undefined }
  let drawn: Plane.Drawn = { arrows: [], marks: [], messages: [] }
  let frame = 0
  let stageWidth: number | undefined
  let stillTimer: ReturnType<typeof setTimeout> | undefined

  /** Many lines in motion are drawn without smooth edges, which cost most of a frame; at rest they have them. */
  const move = (): void => {
    plane.element.classList.add("moving")
    clearTimeout(stillTimer)
    stillTimer = setTimeout(() => plane.element.classList.remove("moving"), stillMs)
  }

  const draw = (): void => {
    frame = 0
    // Asked only before the observer has told it: an answer would have to lay the page out in every frame.
    const width = Math.max(280, Math.floor(stageWidth ?? stage.clientWidth))
    shown ??= firstWindow(data, width)
    layout = layoutOf(width, shown)
    drawn = plane.draw(data, layout, look)
    overview.draw(data, width, layout.left, layout.right, shown)
    controls.show(shown, data.endUs)
    legend.show(data)
  }
  const later = (): void => {
    if (frame === 0) frame = requestAnimationFrame(draw)
  }
  const show = (window: TimeWindow.TimeWindow): void => {
    shown = window
    hideTip()
    move()
    later()
  }
  const moveTo = (window: TimeWindow.TimeWindow): void => {
    show(window)
    moved?.(window)
  }
  const current = (): TimeWindow.TimeWindow => shown ?? { fromUs: 0, toUs: Math.max(1, data.endUs) }

  const showTip = (lines: ReadonlyArray<string>, x: number, y: number): void => {
    tip.replaceChildren(...lines.map((line) => html("div", {}, line)))
    tip.hidden = false
    const left = Math.min(Math.max(4, x + 14), layout.width - tip.offsetWidth - 4)
    const above = y - tip.offsetHeight - 12
    tip.style.left = `${left}px`
    tip.style.top = `${above < 0 ? y + 16 : above}px`
  }
  const hideTip = (): void => {
    tip.hidden = true
  }
  const positionOf = (event: number) => ({
    x: Layout.xOf(layout, data.atUs[event]!),
    y: Layout.yOf(layout, data.machine[event]!),
  })

  const hover = (x: number, y: number): void => {
    const event = Hit.eventAt(data, layout, x, y)
    const message = event >= 0 ? data.messageTaken[event]! : Hit.messageAt(data, layout, drawn.messages, x, y)
    look = { ...look, event, message }
    plane.point(data, layout, look)
    stage.classList.toggle("over", event >= 0)
    if (event >= 0) showTip(Words.eventLines(data, event), positionOf(event).x, positionOf(event).y)
    else if (message >= 0) showTip(Words.messageLines(data, message), x, y)
    else hideTip()
  }

  const orderAbout = (selected: number, cone: Cone.Cone | undefined): ClockOrder.ClockOrder | undefined => {
    const clock = choice.clock()
    const isOffered = ClockOrder.isOffered(data)
    const order =
      clock === undefined || cone === undefined || !isOffered ? undefined : ClockOrder.of(data, cone, clock)
    choice.show(data, selected, order, isOffered)
    return order
  }
  const choice = ClockChoice.make(() => {
    look = { ...look, order: orderAbout(look.selected, look.cone) }
    later()
  })

  const select = (event: number): void => {
    const cone = event < 0 ? undefined : Cone.of(data, event)
    look = { ...look, cone, selected: event, order: orderAbout(event, cone) }
    told.textContent = event < 0 ? "" : Words.coneText(data, event, cone)
    live.textContent = event < 0 ? "nothing is chosen" : Words.coneText(data, event, cone)
    legend.lit(cone !== undefined)
    later()
  }
  const choose = (event: number): void => {
    select(event)
    chosen?.(event)
  }

  /** The keys' event, brought into view and told. */
  const goTo = (event: number): void => {
    const before = current()
    shown = TimeWindow.showing(before, data.atUs[event]!, data.endUs)
    if (shown !== before) moved?.(shown)
    look = { ...look, event, message: data.messageTaken[event]! }
    draw()
    showTip(Words.eventLines(data, event), positionOf(event).x, positionOf(event).y)
    live.textContent = Words.spoken(data, event)
  }

  /** Where the keys begin: at what is pointed at or chosen, else at the first event in the window. */
  const from = (): number => {
    if (look.event >= 0) return look.event
    if (look.selected >= 0) return look.selected
    for (let machine = 1; machine <= data.machines; machine++) {
      const own = data.ofMachine[machine]!
      const event = own[placeAt(data, machine, current().fromUs)]
      if (event !== undefined) return event
    }
    return -1
  }
  const zoomBy = (factor: number, aboutUs?: number): void => {
    const { fromUs, toUs } = current()
    moveTo(TimeWindow.zoom(current(), factor, aboutUs ?? (fromUs + toUs) / 2, data.endUs))
  }
  const wholeRun = (): void => moveTo({ fromUs: 0, toUs: Math.max(1, data.endUs) })
  const page = (direction: number): void =>
    moveTo(TimeWindow.pan(current(), direction * 0.8 * (current().toUs - current().fromUs), data.endUs))
  const zoomAtKeys = (factor: number): void =>
    zoomBy(factor, look.event >= 0 ? data.atUs[look.event] : undefined)

  const walk = (step: (event: number) => number): void => {
    const event = from()
    if (event >= 0) goTo(look.event < 0 && look.selected < 0 ? event : step(event))
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => walk((event) => Walk.along(data, event, -1)),
    ArrowRight: () => walk((event) => Walk.along(data, event, 1)),
    ArrowUp: () => walk((event) => Walk.across(data, event, -1)),
    ArrowDown: () => walk((event) => Walk.across(data, event, 1)),
    Home: () => walk((event) => Walk.along(data, event, Number.NEGATIVE_INFINITY)),
    End: () => walk((event) => Walk.along(data, event, Number.POSITIVE_INFINITY)),
    Enter: () => choose(from()),
    " ": () => choose(from()),
    Escape: () => {
      hideTip()
      look = { ...look, event: -1, message: -1 }
      choose(-1)
    },
    "+": () => zoomAtKeys(2),
    "=": () => zoomAtKeys(2),
    "-": () => zoomAtKeys(0.5),
    "0": wholeRun,
    PageUp: () => page(-1),
    PageDown: () => page(1),
  }
  stage.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (act === undefined || event.target !== stage) return
    event.preventDefault()
    act()
  })
  stage.addEventListener("blur", hideTip)
  Gestures.attach(plane.element, {
    hover,
    leave: () => {
      look = { ...look, event: -1, message: -1 }
      plane.point(data, layout, look)
      hideTip()
    },
    choose: (x, y) => choose(Hit.eventAt(data, layout, x, y)),
    pan: (px) => {
      const { fromUs, toUs } = current()
      moveTo(TimeWindow.pan(current(), (-px / (layout.right - layout.left)) * (toUs - fromUs), data.endUs))
    },
    zoom: (factor, x) => zoomBy(factor, Layout.usOf(layout, x)),
  })
  const overview = Overview.make(moveTo)
  const controls = WindowControls.make(data.axis, moveTo, [
    button("−", "zoom out", () => zoomBy(0.5)),
    button("+", "zoom in", () => zoomBy(2)),
    button("whole run", "show the whole run", wholeRun),
  ])
  const legend = Legend.make()
  const element = html(
    "div",
    { class: "space-time" },
    html("div", { class: "bar" }, controls.element, told),
    stage,
    overview.element,
    legend.element,
    choice.element,
    live,
  )
  orderAbout(-1, undefined)
  new ResizeObserver(([entry]) => {
    stageWidth = entry?.contentRect.width
    later()
  }).observe(stage)
  return {
    element,
    svg: plane.element,
    data: () => data,
    grow: (grown, selected) => {
      const cone = selected < 0 ? undefined : Cone.of(grown, selected)
      // What is pointed at may be elsewhere where the data begins later than it did.
      const event = look.event < grown.atUs.length ? look.event : -1
      data = grown
      const message = event < 0 ? -1 : grown.messageTaken[event]!
      look = { ...look, cone, selected, event, message, order: orderAbout(selected, cone) }
      told.textContent = selected < 0 ? "" : Words.coneText(data, selected, cone)
      later()
    },
    selected: () => look.selected,
    window: current,
    show,
    zoomTo: (fromUs, toUs) => {
      shown = TimeWindow.within(fromUs, toUs - fromUs, data.endUs)
      draw()
    },
    select: (event) => {
      select(event)
      draw()
    },
    compare: (standing) => {
      look = { ...look, standing }
      legend.compared()
      later()
    },
    cone: () => look.cone,
    positionOf,
    drawn: () => drawn,
    flush: draw,
  }
}
