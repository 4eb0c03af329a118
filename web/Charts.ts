/** The ordinary charts, by Observable Plot: lines over time, and distributions. */
import * as Plot from "@observablehq/plot"
import type { RunData, Series } from "../src/interchange/report/ReportData.ts"
import { short, shortened } from "./MachineName.ts"
import * as Palette from "./Palette.ts"
import { mostColours } from "./Plane.ts"

type Chart = SVGSVGElement | HTMLElement
type Dimensions = { readonly width: number; readonly height: number }

/** Of an axis: seconds, or events where it is the order of the log. */
const seconds = (us: number): number => us / 1_000_000

interface Point {
  readonly t: number
  readonly v: number
  readonly machine: number
}

const pointsOf = (series: ReadonlyArray<Series>): Array<Point> =>
  series.flatMap(({ machine, atUs, values }) =>
    atUs.map((us, i) => ({ t: seconds(us), v: values[i]!, machine })),
  )

const style = {
  background: "transparent",
  fontFamily: "var(--font)",
  fontSize: "11px",
  overflow: "visible",
} as const

/** As a tip says when something was. */
const moment = ({ axis }: RunData, t: number): string =>
  axis === "time" ? `${t.toFixed(3)} s` : `event ${Math.round(t)} of the log`

/** Characters of a machine's name at the end of its line. */
const longestAtEnd = 8
const endOf = (run: RunData, machine: number): string =>
  short(run.machines[machine - 1]?.name, machine, longestAtEnd)

const frameOf = ({ width, height }: Dimensions) => ({
  width,
  height,
  marginLeft: 46,
  marginRight: 26,
  marginTop: 22,
  marginBottom: 34,
  style,
})

/** A line a machine; each is a mark of its own, because a dash belongs to a mark. */
const lines = (series: ReadonlyArray<Series>, palette: Palette.Palette, width: number): Array<Plot.Markish> =>
  series.map(({ machine, atUs, values }) =>
    Plot.line(
      atUs.map((us, i) => [seconds(us), values[i]!] as const),
      {
        stroke: palette.colourOf(machine),
        strokeWidth: width,
        strokeDasharray: palette.dashOf(machine),
        curve: "step-after",
        ariaLabel: () => palette.nameOf(machine),
      },
    ),
  )

/** Numbers at the ends of lines, moved apart where they would cover each other. */
const endLabels = (
  run: RunData,
  series: ReadonlyArray<Series>,
  palette: Palette.Palette,
  height: number,
): Array<Plot.Markish> => {
  if (series.length > mostColours) return []
  const most = Math.max(1, ...series.map(({ values }) => maximum(values)))
  const gap = (13 / Math.max(1, height - 56)) * most
  let below = Number.NEGATIVE_INFINITY
  return series
    .filter(({ atUs }) => atUs.length > 0)
    .map(({ machine, atUs, values }) => ({ machine, t: seconds(atUs.at(-1)!), v: values.at(-1)! }))
    .sort((a, b) => a.v - b.v || b.machine - a.machine)
    .map(({ machine, t, v }) => {
      below = Math.max(v, below + gap)
      return Plot.text([[t, below]], {
        text: () => endOf(run, machine),
        textAnchor: "start",
        dx: 6,
        fontWeight: 600,
        fill: palette.colourOf(machine),
      })
    })
}

const maximum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => Math.max(a, b), 0)

const tip = (run: RunData, points: Array<Point>, unit: string, palette: Palette.Palette): Plot.Markish =>
  Plot.tip(
    points,
    Plot.pointer({
      x: "t",
      y: "v",
      title: ({ machine, t, v }: Point) => `${palette.nameOf(machine)}\n${moment(run, t)}\n${v} ${unit}`,
    }),
  )

/** Enough to point at, and soon searched. */
const mostPointed = 30_000

const overTime = (
  run: RunData,
  series: ReadonlyArray<Series>,
  size: Dimensions,
  label: string,
  unit: string,
  more: ReadonlyArray<Plot.Markish> = [],
  most = 1,
): Chart => {
  const palette = Palette.of(run.machines)
  const points = pointsOf(series)
  const narrow = run.machines.length > mostColours
  return Plot.plot({
    ...frameOf(size),
    marginRight:
      20 + 6 * Math.max(1, ...run.machines.map(({ machine }) => (narrow ? 1 : endOf(run, machine).length))),
    x: {
      label: run.axisTitle,
      domain: [0, Math.max(seconds(run.endUs), 1e-6)],
      nice: false,
      labelArrow: "none",
    },
    y: {
      label,
      grid: true,
      labelArrow: "none",
      domain: [0, Math.max(1, most, maximum(points.map(({ v }) => v)))],
      nice: true,
    },
    marks: [
      Plot.ruleY([0], { stroke: "var(--axis)" }),
      ...lines(series, palette, narrow ? 0.9 : 1.6),
      ...more,
      ...endLabels(run, series, palette, size.height),
      ...(points.length <= mostPointed ? [tip(run, points, unit, palette)] : []),
    ],
  })
}

/** Clocks; a jump is the stretch of its line that a message added, drawn strong, with a dot where it led. */
export const clocks = (run: RunData, size: Dimensions): Chart => {
  const palette = Palette.of(run.machines)
  const { marked } = run.jumps
  const few = run.machines.length <= mostColours
  return overTime(run, run.clocks, size, "clock L", "", [
    Plot.ruleX(marked, {
      x: ({ atUs }) => seconds(atUs),
      y1: "from",
      y2: "to",
      stroke: ({ machine }) => palette.colourOf(machine),
      strokeWidth: few ? 3.2 : 1.6,
      className: "jumps",
    }),
    Plot.dot(marked, {
      x: ({ atUs }) => seconds(atUs),
      y: "to",
      r: few ? 2.2 : 1.2,
      fill: ({ machine }) => palette.colourOf(machine),
      title: ({ machine, version, from, to, sender, sendVersion }) =>
        `${palette.nameOf(machine)}, ${machine}/${version}: ${from} to ${to}, because of ${sendVersion === null ? "a message whose send is not known" : `${sender}/${sendVersion}`}`,
    }),
  ])
}

export const drift = (run: RunData, size: Dimensions): Chart =>
  overTime(run, run.drift, size, "behind the largest clock", "behind")

/** What theory lets a queue grow to: straight up from the start, and no further than the inbox has room. */
const slopeOf = (hz: number, endSeconds: number, capacity: number): Array<readonly [number, number]> => {
  const full = capacity / hz
  const risen = [
    [0, 0],
    [Math.min(full, endSeconds), Math.min(capacity, hz * endSeconds)],
  ] as const
  return full < endSeconds ? [...risen, [endSeconds, capacity]] : [...risen]
}

/** Queues with the slopes of theory. */
export const queues = (run: RunData, size: Dimensions): Chart => {
  const palette = Palette.of(run.machines)
  const end = seconds(run.endUs)
  const slopes = run.machines.flatMap(({ machine, queueGrowthHz }) =>
    queueGrowthHz
      .filter((hz) => hz > 0)
      .map((hz) => ({ machine, line: slopeOf(hz, end, run.inboxCapacity) })),
  )
  const most = maximum(slopes.flatMap(({ line }) => line.map(([, length]) => length)))
  const marks = slopes.map(({ machine, line }) =>
    Plot.line(line, {
      stroke: palette.colourOf(machine),
      strokeWidth: 1.4,
      strokeDasharray: "3 4",
      strokeOpacity: 0.9,
      ariaLabel: () => `predicted for ${palette.nameOf(machine)}`,
    }),
  )
  return overTime(run, run.queues, size, "messages in the inbox", "messages", marks, most)
}

interface Bar {
  readonly size: number
  readonly to: number
  readonly count: number
  readonly machine: number
}

const mostBars = 48

/** Sizes as they are where they are few, in equal bins where they are many. */
export const barsOf = (run: RunData): { readonly bars: Array<Bar>; readonly binWidth: number } => {
  const { distribution } = run.jumps
  const most = maximum(distribution.flatMap((sizes) => sizes.map(([size]) => size)))
  const binWidth = Math.max(1, Math.ceil(most / mostBars))
  const bars = distribution.flatMap((sizes, i) => {
    const bins = new Map<number, number>()
    for (const [size, count] of sizes) {
      const bin = Math.floor((size - 1) / binWidth)
      bins.set(bin, (bins.get(bin) ?? 0) + count)
    }
    return [...bins].map(([bin, count]) => ({
      size: bin * binWidth + 1,
      to: (bin + 1) * binWidth + 1,
      count,
      machine: i + 1,
    }))
  })
  return { bars, binWidth }
}

/** Where machines are many, one distribution of them all. */
const together = (bars: ReadonlyArray<Bar>): Array<Bar> => {
  const all = new Map<number, Bar>()
  for (const bar of bars) {
    const before = all.get(bar.size)
    all.set(bar.size, { ...bar, machine: 0, count: bar.count + (before?.count ?? 0) })
  }
  return [...all.values()]
}

const powersOfTen = (most: number): Array<number> =>
  Array.from({ length: Math.max(1, Math.ceil(Math.log10(Math.max(2, most)))) + 1 }, (_, i) => 10 ** i)

export const jumps = (run: RunData, size: Dimensions): Chart => {
  const palette = Palette.of(run.machines)
  const { bars, binWidth } = barsOf(run)
  const few = run.machines.length <= mostColours
  const shown = few ? bars : together(bars)
  const most = maximum(shown.map(({ count }) => count))
  const ticks = powersOfTen(most)
  return Plot.plot({
    ...frameOf(size),
    marginRight: few
      ? 20 + 6 * Math.max(8, ...run.machines.map(({ machine }) => shortened(palette.nameOf(machine)).length))
      : 26,
    x: { label: binWidth === 1 ? "jump" : `jump, in bins of ${binWidth}`, labelArrow: "none" },
    y: {
      type: "log",
      label: "clock events",
      labelArrow: "none",
      domain: [0.6, ticks.at(-1)!],
      ticks,
      tickFormat: "d",
      grid: true,
    },
    ...(few
      ? { fy: { label: null, tickFormat: (machine: number) => shortened(palette.nameOf(machine)) } }
      : {}),
    marks: [
      Plot.rectY(shown, {
        ...(few ? { fy: "machine" } : {}),
        x1: ({ size: from }) => from - 0.5 * (binWidth === 1 ? 1 : 0),
        x2: ({ to }) => to - 0.5 * (binWidth === 1 ? 1 : 0),
        y1: () => 0.6,
        y2: "count",
        fill: ({ machine }) => (machine === 0 ? "var(--bar)" : palette.colourOf(machine)),
        insetLeft: 0.5,
        insetRight: 0.5,
        title: ({ machine, size: from, to, count }) =>
          `${machine === 0 ? "" : `${palette.nameOf(machine)}, `}jump ${binWidth === 1 ? from : `${from} to ${to - 1}`}: ${count}`,
      }),
    ],
  })
}

interface Bin {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly part: string
}

const binsOf = (
  perDecade: number,
  counts: ReadonlyArray<ReadonlyArray<number>>,
  part: string,
): Array<Bin> => {
  const length = Math.max(0, ...counts.map((bins) => bins.length))
  return Array.from({ length }, (_, bin) => ({
    from: 10 ** (bin / perDecade) / 1_000,
    to: 10 ** ((bin + 1) / perDecade) / 1_000,
    count: counts.reduce((sum, bins) => sum + (bins[bin] ?? 0), 0),
    part,
  })).filter(({ count }) => count > 0)
}

const decades: Readonly<Record<string, string>> = {
  "0.001": "1 us",
  "0.01": "10 us",
  "0.1": "0.1 ms",
  "1": "1 ms",
  "10": "10 ms",
  "100": "0.1 s",
  "1000": "1 s",
  "10000": "10 s",
  "100000": "100 s",
  "1000000": "1000 s",
}

export const latency = (run: RunData, size: Dimensions): Chart => {
  const { perDecade, network, queueing } = run.latency
  const bins = [...binsOf(perDecade, network, "network"), ...binsOf(perDecade, queueing, "inbox")]
  const from = Math.min(1, ...bins.map((bin) => bin.from))
  const to = Math.max(1, ...bins.map((bin) => bin.to))
  const ticks = Object.keys(decades)
    .map(Number)
    .filter((ms) => ms >= from && ms <= to)
  return Plot.plot({
    ...frameOf(size),
    marginRight: 64,
    x: {
      type: "log",
      domain: [from, to],
      ticks,
      tickFormat: (ms: number) => decades[String(ms)] ?? "",
      label: "time",
      labelArrow: "none",
    },
    y: { label: "messages", grid: true, labelArrow: "none", nice: true },
    fy: { label: null, domain: ["network", "inbox"] },
    marks: [
      Plot.rectY(bins, {
        fy: "part",
        x1: "from",
        x2: "to",
        y: "count",
        fill: ({ part }) => (part === "network" ? "var(--machine-1)" : "var(--machine-2)"),
        insetLeft: 0.5,
        insetRight: 0.5,
        title: ({ part, from, to, count }) =>
          `${part}, ${from.toPrecision(3)} to ${to.toPrecision(3)} ms: ${count} messages`,
      }),
      Plot.ruleY([0], { stroke: "var(--axis)" }),
    ],
  })
}

export interface Measure {
  readonly name: string
  readonly seriesOf: (run: RunData) => ReadonlyArray<Series>
}

export const measures: ReadonlyArray<Measure> = [
  { name: "clock", seriesOf: ({ clocks }) => clocks },
  { name: "behind", seriesOf: ({ drift }) => drift },
  { name: "queue", seriesOf: ({ queues }) => queues },
]

/** One run in one measure, small, on scales that all runs share. */
export const multiple = (
  run: RunData,
  { seriesOf }: Measure,
  size: Dimensions,
  domain: { readonly end: number; readonly most: number },
): Chart => {
  const palette = Palette.of(run.machines)
  return Plot.plot({
    ...frameOf(size),
    marginLeft: 40,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 22,
    x: { domain: [0, domain.end], label: null, ticks: 3 },
    y: { domain: [0, domain.most], nice: true, label: null, ticks: 4, grid: true },
    marks: [Plot.ruleY([0], { stroke: "var(--axis)" }), ...lines(seriesOf(run), palette, 1.2)],
  })
}
