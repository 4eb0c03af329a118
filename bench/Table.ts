/** Rows of figures as text, in columns that a terminal aligns and Markdown reads. */
import type { Row, Target } from "./Figure.ts"

const decimals = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2)

export const amount = (value: number, unit: string): string => {
  if (value >= 1e6 && unit.endsWith("/s")) return `${(value / 1e6).toFixed(2)} M${unit}`
  const text = value.toFixed(value >= 1e4 ? 0 : decimals(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",")
  return `${text} ${unit}`
}

const goal = ({ value, of, bound }: Target, unit: string): string =>
  `${bound} ${of === "ratio" ? value : amount(value, unit)}`

const verdict = ({ reached, leftOut, target }: Row): string => {
  if (reached !== null) return reached ? "yes" : "NO"
  if (leftOut !== null) return `left out: ${leftOut}`
  return target === null ? "" : "?"
}

const beside = (row: Row): string =>
  Object.entries(row.beside)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4)).toLocaleString("en")}`)
    .join(", ")

const titles = ["figure", "measured", "reference", "ratio", "target", "reached", "beside"]

const cells = (row: Row): ReadonlyArray<string> => [
  row.what,
  row.measured === null ? "" : amount(row.measured, row.unit),
  row.reference === null ? "" : `${row.reference.what}: ${amount(row.reference.value, row.unit)}`,
  row.ratio === null ? "" : row.ratio.toFixed(row.ratio < 0.1 ? 3 : 2),
  row.target === null ? "" : goal(row.target, row.unit),
  verdict(row),
  beside(row),
]

export const table = (rows: ReadonlyArray<Row>): string => {
  const all = [titles, ...rows.map(cells)]
  const widths = titles.map((_, i) => Math.max(3, ...all.map((line) => line[i]!.length)))
  const lines = all.map((line) => `| ${line.map((text, i) => text.padEnd(widths[i]!)).join(" | ")} |`)
  lines.splice(1, 0, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`)
  return `${lines.join("\n")}\n`
}
