/** Prediction beside measurement, for people. */
import type { Comparison, Verdict } from "../domain/prediction/Comparison.ts"
import type { Compared } from "../persistence/inquiry/Compared.ts"
import { type Cell, table } from "./Table.ts"

/** Rows printed for people; of a thousand machines they are for `--json` and `sql`. */
const mostRows = 36
const mostRemarks = 8

const signed = (value: number | null, digits: number): Cell =>
  value === null ? "" : `${value > 0 ? "+" : ""}${value.toFixed(digits)}`

const digits = (value: number | null): Cell => (value === null ? "" : value.toFixed(3))

const rowOf = (row: Comparison): ReadonlyArray<Cell> => [
  row.machine,
  row.quantity,
  digits(row.predicted),
  digits(row.measured),
  row.differencePercent === null ? "" : `${signed(row.differencePercent, 1)} %`,
  digits(row.margin),
  signed(row.lift, 3),
  row.unit,
  row.verdict,
]

const header = [
  "machine",
  "quantity",
  "predicted",
  "measured",
  "difference",
  "margin",
  "lift",
  "unit",
  "verdict",
]

/** What is said of several rows is printed once, with the machines that it is said of. */
const told = (rows: ReadonlyArray<Comparison>): ReadonlyArray<string> => {
  const machines = new Map<string, Set<number>>()
  for (const row of rows)
    for (const words of [row.liftCause, row.remark])
      if (words !== null) machines.set(words, (machines.get(words) ?? new Set()).add(row.machine))
  const lines = [...machines].map(([words, of]) => `  ${[...of].join(", ")}: ${words}`)
  const more = lines.length - mostRemarks
  return [...lines.slice(0, mostRemarks), ...(more > 0 ? [`  ... and ${more} more remarks`] : [])]
}

const pointTitle = ({ prediction }: Compared, point: number): ReadonlyArray<string> =>
  prediction.fixedPoints.length === 1
    ? []
    : [
        "",
        `fixed point ${point} of ${prediction.fixedPoints.length}${prediction.fixedPoints[point - 1]?.stable === false ? ", which no run stays at" : ""}`,
      ]

const choice = ({ prediction: { fixedPoints, complete, continuum } }: Compared): ReadonlyArray<string> => [
  ...(fixedPoints.length > 1 ? ["several fixed points hold: the run chooses"] : []),
  ...(continuum ? ["all that lies between some of them holds as well"] : []),
  ...(complete ? [] : ["these are the fixed points that were found; there may be others"]),
]

/** The table, with what lifts which clock below it. */
export const lines = (compared: Compared): ReadonlyArray<string> => {
  const { comparison, seconds } = compared
  const shown = comparison.slice(0, mostRows)
  const points = [...new Set(shown.map(({ fixedPoint }) => fixedPoint))]
  const more = comparison.length - shown.length
  return [
    `prediction beside ${Number(seconds.toFixed(3))} s of the run; the margin is what chance alone gives 95 % of such runs`,
    ...choice(compared),
    ...points.flatMap((point) => {
      const rows = shown.filter(({ fixedPoint }) => fixedPoint === point)
      return [...pointTitle(compared, point), ...table(header, rows.map(rowOf)), ...told(rows)]
    }),
    ...(more > 0 ? [`... and ${more} more rows: lightcone sql "select * from predictions"`] : []),
  ]
}

/** One line for the summary of a run. */
export const verdicts = ({ comparison }: Compared): string => {
  const count = (...of: ReadonlyArray<Verdict>) =>
    comparison.filter(({ verdict }) => of.includes(verdict)).length
  const measured = comparison.length - count("nothing measured yet")
  return `foretold  ${count("within the margin")} of ${measured} quantities within the margin, ${count("lifted")} clocks lifted, ${count("beyond the margin", "lifted, and the rest is beyond the margin")} beyond it`
}
