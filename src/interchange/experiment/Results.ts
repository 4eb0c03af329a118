/** What came of an experiment, as its files tell it. */
import type { Plan, PlannedRun } from "../../domain/Experiment.ts"
import * as Foretold from "../../domain/experiment/Foretold.ts"
import type { RunMeasures } from "../../domain/experiment/Measures.ts"
import * as ResultTable from "../../domain/experiment/ResultTable.ts"
import * as Limits from "../../domain/Limits.ts"

export interface RunResult {
  /** Null of one that is not stored. */
  readonly run: string | null
  readonly planned: PlannedRun
  readonly events: number
  /** Lowercase hex SHA-256 of its events. */
  readonly digest: string
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
  /** By setting, of a run as a whole: the mean of what theory says of its runs. */
  readonly foretold: ReadonlyArray<Foretold.Foretold>
}

/** Runs whose rates are given have the same prediction, whatever their seeds. */
const foretoldOf = (plan: Plan, setting: number): Foretold.Foretold => {
  const configs = plan.runs.filter((run) => run.setting === setting).map(({ config }) => config)
  const different = configs[0]?.rates === null ? configs : configs.slice(0, 1)
  return Foretold.mean(different.slice(0, Limits.maxForetoldRuns).map(Foretold.of))
}

export const of = (experiment: string, plan: Plan, runs: ReadonlyArray<RunResult>): Results => ({
  experiment,
  plan,
  runs,
  foretold: plan.settings.map((_, setting) => foretoldOf(plan, setting)),
  rows: ResultTable.rows(
    plan.settings.length,
    runs.map(({ planned, verified, measures }) => ({ setting: planned.setting, verified, measures })),
  ),
})

/** How a run is called: its name, or its number in the plan where it is not stored. */
export const runName = ({ run, planned }: RunResult): string => run ?? `number ${planned.number}`

export const failed = ({ runs }: Results): ReadonlyArray<RunResult> =>
  runs.filter(({ verified }) => verified !== true)

export const settingName = ({ plan }: Results, setting: number): string => plan.settings[setting]!.name
