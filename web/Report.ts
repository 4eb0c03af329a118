/** The page of a report: draws the figures that the document has places for, from the data that it carries. */
import type { ReportData, RunData } from "../src/interchange/report/ReportData.ts"
import * as Charts from "./Charts.ts"
import * as Curves from "./Curves.ts"
import { html } from "./Elements.ts"
import * as FigureData from "./FigureData.ts"
import * as FigureFrame from "./FigureFrame.ts"
import * as Key from "./Key.ts"
import * as Palette from "./Palette.ts"
import * as ScriptAccess from "./ScriptAccess.ts"
import * as SpaceTime from "./SpaceTime.ts"
import * as SpaceTimeData from "./SpaceTimeData.ts"
import * as Tables from "./Tables.ts"
import "./report.css"

const data: ReportData = JSON.parse(document.getElementById("lightcone-data")!.textContent!)

const charts = {
  clocks: Charts.clocks,
  drift: Charts.drift,
  queues: Charts.queues,
  jumps: Charts.jumps,
  latency: Charts.latency,
}

const heightOf = (name: string, width: number): number =>
  name === "jumps" || name === "latency" ? 300 : Math.round(Math.min(340, Math.max(220, width * 0.42)))

const spaceTime = (run: RunData, figure: HTMLElement): SpaceTime.SpaceTime => {
  const frame = FigureFrame.make(figure, `${run.run}-space-time`, () => FigureData.of("space-time", run))
  const columns = SpaceTimeData.make(run.machines.length, run.endUs, run.diagram, {
    names: run.machines.map(({ name }) => name),
    axis: run.axis,
    axisTitle: run.axisTitle,
  })
  const rates = run.machines.map(({ rate }) => rate)
  const diagram = SpaceTime.make(columns, rates, frame.words)
  if (run.standing !== undefined) diagram.compare(run.standing)
  frame.drawing.append(diagram.element)
  diagram.flush()
  return diagram
}

const draw = (run: RunData, section: HTMLElement): SpaceTime.SpaceTime | undefined => {
  let diagram: SpaceTime.SpaceTime | undefined
  for (const figure of section.querySelectorAll<HTMLElement>("figure[data-figure]")) {
    const name = figure.dataset.figure!
    if (name === "space-time") diagram = spaceTime(run, figure)
    const chart = charts[name as keyof typeof charts]
    if (chart === undefined) continue
    const frame = FigureFrame.make(figure, `${run.run}-${name}`, () => FigureData.of(name, run))
    frame.drawAtWidth((width) => [
      FigureFrame.describe(chart(run, { width, height: heightOf(name, width) }), frame.words),
    ])
  }
  section.querySelector(".figures")?.prepend(Key.make(Palette.of(run.machines).key))
  for (const table of section.querySelectorAll<HTMLElement>("[data-table]")) Tables.enliven(table, run.run)
  return diagram
}

const multiples = (figure: HTMLElement): void => {
  const isAllTime = data.runs.every(({ axis }) => axis === "time")
  const rows = function* (): Generator<ReadonlyArray<string | number | null>> {
    yield ["run", "measure", "machine", isAllTime ? "seconds" : "seconds or order", "value"]
    for (const run of data.runs)
      for (const { name, seriesOf } of Charts.measures)
        for (const { machine, atUs, values } of seriesOf(run))
          for (const [i, us] of atUs.entries())
            yield [run.run, name, machine, (us / 1e6).toFixed(6), values[i]!]
  }
  const frame = FigureFrame.make(figure, "runs", rows)
  const endOf = (axis: RunData["axis"]): number =>
    Math.max(...data.runs.filter((run) => run.axis === axis).map(({ endUs }) => endUs)) / 1_000_000
  frame.drawAtWidth((width) => {
    const columns = Math.max(1, Math.min(data.runs.length, Math.floor(width / 190)))
    const size = { width: Math.floor(width / columns) - 8, height: 120 }
    return Charts.measures.map((measure) => {
      const most = data.runs
        .flatMap((run) => measure.seriesOf(run).flatMap(({ values }) => values))
        .reduce((a, b) => Math.max(a, b), 1)
      const cells = data.runs.map((run) => {
        const words = `${measure.name} of ${run.title}, at most ${most} in all runs`
        const chart = FigureFrame.describe(
          Charts.multiple(run, measure, size, { end: endOf(run.axis), most }),
          words,
        )
        return html(
          "div",
          { class: "multiple" },
          html("p", {}, run.axis === "time" ? run.title : `${run.title} (by order)`),
          chart,
        )
      })
      const grid = html("div", { class: "grid" }, ...cells)
      grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`
      return html(
        "div",
        { class: "measure" },
        html("h4", {}, measureNames[measure.name] ?? measure.name),
        grid,
      )
    })
  })
}

const measureNames: Readonly<Record<string, string>> = {
  clock: "Clocks",
  behind: "Behind the largest clock",
  queue: "Messages in the inbox",
}

const curves = (figure: HTMLElement): void => {
  const curve = data.curves[Number(figure.dataset.curve)]!
  const rows = function* (): Generator<ReadonlyArray<string | number | null>> {
    yield ["curve", curve.axisTitle, "mean", "low", "high", "predicted"]
    for (const { name, points } of curve.lines)
      for (const { at, mean, low, high, predicted } of points)
        yield [name, curve.values[at]!, mean, low, high, predicted]
  }
  const frame = FigureFrame.make(figure, `curve-${figure.dataset.curve}`, rows)
  frame.drawAtWidth((width) => [
    FigureFrame.describe(Curves.chart(curve, { width, height: heightOf("curve", width) }), frame.words),
  ])
}

const diagrams: Array<SpaceTime.SpaceTime | undefined> = []
ScriptAccess.provide(data, diagrams)
for (const figure of document.querySelectorAll<HTMLElement>("figure[data-figure=multiples]"))
  multiples(figure)
for (const figure of document.querySelectorAll<HTMLElement>("figure[data-figure=curve]")) curves(figure)
const [firstCurve] = data.curves
if (firstCurve !== undefined)
  document.querySelector("section.extra .figures")?.prepend(Key.make(Curves.key(firstCurve)))
for (const section of document.querySelectorAll<HTMLElement>("section.comparison, section.extra"))
  for (const table of section.querySelectorAll<HTMLElement>("[data-table]"))
    Tables.enliven(table, "lightcone")

/** One run a frame, so that the first is there at once however many follow. */
const sections = [...document.querySelectorAll<HTMLElement>("section[data-run]")]
const next = (): void => {
  const section = sections.shift()
  if (section === undefined) {
    document.documentElement.dataset.ready = "true"
    return
  }
  const index = Number(section.dataset.run)
  diagrams[index] = draw(data.runs[index]!, section)
  requestAnimationFrame(next)
}
next()
