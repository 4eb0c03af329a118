/** The table of an experiment for people, in Markdown: a part for what it speaks of, in it a row a setting. */
import { type Measure, measures, names } from "../../domain/experiment/Measures.ts"
import type { Row, Subject } from "../../domain/experiment/ResultTable.ts"
import { confidence, type Sample } from "../../domain/experiment/Sample.ts"
import { type Results, settingName } from "./Results.ts"

/** Parts for machines beyond this are for the CSV. */
const mostMachines = 24

/** Text that stays text, in a table too. */
export const plain = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, " ").replace(/[\\`*_{}[\]<>|#~&]/g, (c) => `\\${c}`)

export const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("")

/** Four digits, as many as a measured mean deserves. */
export const digits = (value: number): string => {
  const rounded = Number(value.toPrecision(4))
  return Math.abs(rounded) >= 10_000 ? String(Math.round(value)) : String(rounded)
}

/** Such as "241.2, sd 9.7, 229.1 to 253.3"; less where there are too few values, which is said. */
export const summary = ({ count, mean, deviation, interval }: Sample, runs: number): string => {
  if (mean === null) return "none"
  const of = count === runs ? "" : ` (of ${count})`
  if (deviation === null || interval === null) return `${digits(mean)}${of}`
  return `${digits(mean)}, sd ${digits(deviation)}, ${digits(interval[0])} to ${digits(interval[1])}${of}`
}

export const title = (of: Subject): string => {
  if (of === "all") return "The whole run"
  return typeof of === "number" ? `Machine ${of}` : `The ${of} machine`
}

/** What a part shows: the run as a whole has no rate. */
export const columns = (of: Subject): ReadonlyArray<Measure> =>
  names.filter((name) => of !== "all" || name !== "rate")

/** What the rows speak of, each once, in their order. */
export const subjects = (rows: ReadonlyArray<Row>): ReadonlyArray<Subject> =>
  [...new Set(rows.map(({ of }) => of))].filter((of) => typeof of !== "number" || of <= mostMachines)

export const explanation = `Each value is the mean over the repetitions of a setting, then their standard deviation (sd, of the sample), then the ${confidence * 100} % confidence interval of the mean by Student's t. A single repetition has neither; "(of 3)" says that only three of the runs have such a value. Jumps and waits are those of receipts; of the whole run the largest clock, jump, queue and drift of any machine count. Rates may be drawn anew for each repetition, and then a machine's number says little: compare the slowest machines, and the fastest.`

const part = (results: Results, of: Subject): string => {
  const rows = results.rows.filter((row) => row.of === of)
  const header = ["setting", "runs", "verified", ...columns(of).map((name) => measures[name])]
  const cells = rows.map((row) => [
    plain(settingName(results, row.setting)),
    String(row.runs),
    String(row.verified),
    ...columns(of).map((name) => summary(row.samples[name], row.runs)),
  ])
  return `## ${title(of)}\n\n${table(header, cells)}`
}

export const markdown = (results: Results): string =>
  [
    `# ${plain(results.experiment)}: results\n`,
    `${explanation}\n`,
    ...subjects(results.rows).map((of) => part(results, of)),
  ].join("\n")
