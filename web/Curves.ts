/** The curves of a sweep, by Observable Plot: means with their confidence bands, and theory dashed. */
import * as Plot from "@observablehq/plot"
import type { Curve, CurveLine } from "../src/interchange/report/ReportData.ts"
import type * as Palette from "./Palette.ts"
import { mostColours } from "./Plane.ts"

type Point = CurveLine["points"][number]

const colourOf = (line: number): string => `var(--machine-${(line % mostColours) + 1})`

const lineMarks =
  (x: (point: Point) => number | string) =>
  ({ name, points }: CurveLine, line: number): Array<Plot.Markish> => {
    const stroke = colourOf(line)
    const banded = points.filter(({ low, high }) => low !== null && high !== null)
    const foretold = points.filter(({ predicted }) => predicted !== null)
    return [
      Plot.areaY(banded, { x, y1: "low", y2: "high", fill: stroke, fillOpacity: 0.18 }),
      Plot.ruleX(banded, { x, y1: "low", y2: "high", stroke, strokeOpacity: 0.6 }),
      Plot.line(foretold, { x, y: "predicted", stroke, strokeDasharray: "3 4", strokeWidth: 1.4 }),
      Plot.line(points, { x, y: "mean", stroke, strokeWidth: 1.8, ariaLabel: () => name }),
      Plot.dot(points, { x, y: "mean", fill: stroke, r: 2.4 }),
    ]
  }

const said = (value: number | null): string =>
  value === null ? "none" : String(Number(value.toPrecision(4)))

/** Where all values are alike, what differs would be lost on an axis from zero. */
const isNarrow = (points: ReadonlyArray<Pick<Point, "mean" | "predicted">>): boolean => {
  const values = points.flatMap(({ mean, predicted }) => (predicted === null ? [mean] : [mean, predicted]))
  return Math.min(...values) > Math.max(...values) / 2
}

/** Colours to names. */
export const key = ({ lines }: Curve): ReadonlyArray<Palette.Entry> =>
  lines.map(({ name }, line) => ({ colour: colourOf(line), dash: "none", name }))

export const chart = (
  { axisTitle, values, numbers, isLogarithmic, lines }: Curve,
  { width, height }: { readonly width: number; readonly height: number },
): SVGSVGElement | HTMLElement => {
  const x = ({ at }: Point) => (numbers === null ? values[at]! : numbers[at]!)
  const all = lines.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })))
  return Plot.plot({
    width,
    height,
    marginLeft: 52,
    marginRight: 26,
    marginTop: 22,
    marginBottom: 38,
    style: { background: "transparent", fontFamily: "var(--font)", fontSize: "11px", overflow: "visible" },
    x: {
      label: axisTitle,
      labelArrow: "none",
      ...(numbers === null
        ? { type: "point", domain: [...values] }
        : { type: isLogarithmic ? "log" : "linear", ticks: 6, tickFormat: (value: number) => String(value) }),
    },
    y: { label: null, grid: true, zero: !isNarrow(all), nice: true },
    marks: [
      ...(isNarrow(all) ? [] : [Plot.ruleY([0], { stroke: "var(--axis)" })]),
      ...lines.flatMap(lineMarks(x)),
      Plot.tip(
        all,
        Plot.pointer({
          x,
          y: "mean",
          title: ({ name, at, mean, low, high, predicted }) =>
            `${name}\n${axisTitle}: ${values[at]}\n${said(mean)} (${said(low)} to ${said(high)})\nforetold: ${said(predicted)}`,
        }),
      ),
    ],
  })
}
