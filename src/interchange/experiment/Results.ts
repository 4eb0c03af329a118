/** What came of an experiment, as its files tell it. */
import type { Plan, PlannedRun } from "../../domain/Experiment.ts"
import type { RunMeasures } from "../../domain/experiment/Measures.ts"
import * as ResultTable from "../../domain/experiment/ResultTable.ts"

export interface RunResult {
  readonly run: string
  readonly planned: PlannedRun
  readonly events: number
  /** Null if there was nothing to check. */
  readonly verified: boolean | null
  readonly measures: RunMeasures
}

export interface Results {
  readonly experiment: string
  readonly plan: Plan
  /** In the order of the plan. */
  readonly runs: ReadonlyArray<RunResult>
  readonly rows: ReadonlyArray<ResultTable.Row>
}

export const of = (experiment: string, plan: Plan, runs: ReadonlyArray<RunResult>): Results => ({
  experiment,
  plan,
  runs,
  rows: ResultTable.rows(
    plan.settings.length,
    runs.map(({ planned, verified, measures }) => ({ setting: planned.setting, verified, measures })),
  ),
})

export const settingName = ({ plan }: Results, setting: number): string => plan.settings[setting]!.name
