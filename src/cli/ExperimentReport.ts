/** The report of an experiment: its tables, then its runs, the first repetitions first where they are too many. */
import * as Effect from "effect/Effect"
import type { EventLogShape } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import { type Results, type RunResult, settingName } from "../interchange/experiment/Results.ts"
import { section } from "../interchange/experiment/Section.ts"
import { writeReport, writeSections } from "./ReportFile.ts"

/** In the order of the plan. */
const shown = (runs: ReadonlyArray<RunResult>): ReadonlyArray<RunResult> => {
  const byRepetition = [...runs].sort((a, b) => a.planned.repetition - b.planned.repetition)
  const chosen = new Set(byRepetition.slice(0, Limits.maxReportedRuns))
  return runs.filter((run) => chosen.has(run))
}

/** The tables alone, of runs that are nowhere to be read. */
export const writeOfResults = (results: Results, file: string) =>
  Effect.asVoid(
    writeSections(file, { title: `Experiment ${results.experiment}`, sections: [section(results, 0)] }),
  )

export const write = (log: EventLogShape, results: Results, file: string) => {
  const runs = shown(results.runs)
  return Effect.asVoid(
    writeReport(
      log,
      runs.flatMap(({ run, planned }) =>
        run === null
          ? []
          : [
              {
                run,
                title: `${settingName(results, planned.setting)}, seed ${planned.config.seed}: run ${run}`,
              },
            ],
      ),
      file,
      {
        title: `Experiment ${results.experiment}`,
        sections: [section(results, results.runs.length - runs.length)],
      },
    ),
  )
}
