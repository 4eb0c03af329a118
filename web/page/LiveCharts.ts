/**
 * Clocks, drift and queues of the run so far, by the report's charts. They are drawn anew while the run grows, but no
 * oftener than leaves a browser its time; the moment that is looked at is a line over them, which moves at once.
 */
import type { RunData } from "../../src/interchange/report/ReportData.ts"
import * as Charts from "../Charts.ts"
import { html } from "../Elements.ts"
import * as FigureData from "../FigureData.ts"
import * as FigureFrame from "../FigureFrame.ts"
import * as Key from "../Key.ts"
import * as Palette from "../Palette.ts"
import type { TimeWindow } from "../TimeWindow.ts"

export interface LiveCharts {
  readonly element: HTMLElement
  readonly show: (run: RunData) => void
  readonly point: (window: TimeWindow) => void
}

const figures = [
  ["clocks", "Clocks", Charts.clocks, "Lamport clocks of all machines; strong stretches are jumps."],
  ["drift", "Drift", Charts.drift, "How far each clock is behind the largest of all."],
  ["queues", "Queues", Charts.queues, "Messages in each inbox."],
] as const

/** Of the time, what charts may take. */
const share = 1 / 12
const leastMs = 500

interface Scale {
  readonly apply: (value: number) => number
  readonly domain: ReadonlyArray<number>
}

interface Scaled {
  readonly scale?: (name: "x") => Scale | undefined
}

const heightOf = (width: number): number => Math.round(Math.min(280, Math.max(190, width * 0.4)))

const chartOf = (
  [name, title, chart, caption]: (typeof figures)[number],
  first: RunData,
  current: () => RunData,
) => {
  const element = html(
    "figure",
    { "data-figure": name, "data-alternative": caption },
    html("h2", { class: "figure-title" }, title),
    html("figcaption", {}, caption),
    html("div", { class: "drawing" }),
  )
  const frame = FigureFrame.make(element, `${first.run}-${name}`, () => FigureData.of(name, current()))
  const cursor = html("div", { class: "cursor not-saved", "aria-hidden": "true" })
  let scale: Scale | undefined
  /** In pixels; a chart may be of a moment ago, when the run was shorter. */
  const pxOf = ({ apply, domain }: Scale, us: number): number => apply(Math.min(us / 1e6, domain[1] ?? 0))
  const redraw = frame.drawAtWidth((width) => {
    const drawn = chart(current(), { width, height: heightOf(width) })
    // One picture with one name: its parts have no roles that could bear names.
    for (const part of drawn.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label")
    scale = (drawn as Scaled).scale?.("x")
    return [FigureFrame.describe(drawn, frame.words), cursor]
  })
  return {
    element,
    redraw,
    point: ({ fromUs, toUs }: TimeWindow) => {
      if (scale === undefined) return
      const [from, to] = [pxOf(scale, fromUs), pxOf(scale, toUs)]
      cursor.style.transform = `translateX(${from.toFixed(1)}px)`
      // The same in most frames of a scrub, and then nothing but a layer moves.
      const width = `${Math.max(1, to - from).toFixed(1)}px`
      if (cursor.style.width !== width) cursor.style.width = width
    },
  }
}

export const make = (first: RunData): LiveCharts => {
  let run = first
  let window: TimeWindow = { fromUs: 0, toUs: 0 }
  let [timer, freeAtMs] = [0, 0]
  const charts = figures.map((figure) => chartOf(figure, first, () => run))
  const key = html("div", {}, Key.make(Palette.of(run.machines).key))
  const draw = (): void => {
    timer = 0
    const began = performance.now()
    for (const { redraw, point } of charts) {
      redraw()
      point(window)
    }
    const tookMs = performance.now() - began
    freeAtMs = performance.now() + Math.max(leastMs, tookMs / share)
  }
  return {
    element: html("div", { class: "figures live" }, key, ...charts.map(({ element }) => element)),
    show: (next) => {
      run = next
      if (timer === 0)
        timer = globalThis.setTimeout(draw, Math.max(0, freeAtMs - performance.now())) as unknown as number
    },
    point: (next) => {
      window = next
      for (const { point } of charts) point(next)
    },
  }
}
