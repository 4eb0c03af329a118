/** An experiment's part of its report: the settings side by side, before the runs themselves. */
import { measures } from "../../domain/experiment/Measures.ts"
import type { Subject } from "../../domain/experiment/ResultTable.ts"
import type { Section, Table } from "../report/Table.ts"
import * as Curves from "./Curves.ts"
import * as Markdown from "./Markdown.ts"
import { type Results, settingName } from "./Results.ts"

/** The machines by their numbers are in the directory's tables. */
const shown: ReadonlyArray<Subject> = ["all", "slowest", "fastest"]

const tableOf = (results: Results, of: Subject): Table => ({
  name: `experiment-${of}`,
  caption: Markdown.title(of),
  header: ["setting", "runs", "verified", ...Markdown.columns(of).map((name) => measures[name])],
  rows: results.rows
    .filter((row) => row.of === of)
    .map((row) => [
      settingName(results, row.setting),
      row.runs,
      row.verified,
      ...Markdown.columns(of).map((name) => Markdown.summary(row.samples[name], row.runs)),
    ]),
})

/** `left` is how many runs the report does not show. */
export const section = (results: Results, left: number): Section => ({
  title: `Experiment ${results.experiment}`,
  paragraphs: [
    ...(results.plan.about === undefined ? [] : [results.plan.about]),
    Markdown.explanation,
    ...(left === 0
      ? []
      : [
          `The tables are of all ${results.runs.length} runs; of them ${left} are not shown one by one, as a page would be too long.`,
        ]),
  ],
  curves: Curves.of(results),
  tables: Markdown.subjects(results.rows)
    .filter((of) => shown.includes(of))
    .map((of) => tableOf(results, of)),
})
