/** An experiment from its directory to its results. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { digits } from "../interchange/experiment/Markdown.ts"
import * as Results from "../interchange/experiment/Results.ts"
import * as Tables from "../interchange/experiment/Tables.ts"
import type { Described } from "./ExperimentDescription.ts"
import * as Directory from "./ExperimentDirectory.ts"
import { examine } from "./ExperimentExamination.ts"
import * as Files from "./ExperimentFiles.ts"
import * as Progress from "./ExperimentProgress.ts"
import * as Report from "./ExperimentReport.ts"
import * as Runs from "./ExperimentRuns.ts"
import * as State from "./ExperimentState.ts"
import { harmless, json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"

export interface Asked extends Described {
  readonly path: string
  /** The command line, for going on and for the record. */
  readonly command: string
}

const outcome = ({ events, verified }: Results.RunResult): string =>
  `${events} events, ${verified === true ? "verified" : "NOT verified"}`

/** The results of all runs in the order of the plan; those made just now were examined already. */
const collect = (
  { plan, directory, store }: Runs.Experiment,
  state: State.State,
  known: ReadonlyMap<number, Results.RunResult>,
) =>
  Effect.gen(function* () {
    const results: Array<Results.RunResult> = []
    for (const planned of plan.runs) {
      const { run } = state.runs.find(({ number }) => number === planned.number)!
      results.push(known.get(planned.number) ?? (yield* examine(store.log, directory, planned, run)))
    }
    return results
  })

const mean = (value: number | null): number | string => (value === null ? "none" : digits(value))

const shownTable = (results: Results.Results): ReadonlyArray<string> =>
  table(
    [
      "setting",
      "runs",
      "verified",
      "clock",
      "clock/s",
      "largest jump",
      "mean jump",
      "largest queue",
      "wait, ms",
    ],
    results.rows
      .filter(({ of }) => of === "all")
      .map(({ setting, runs, verified, samples }) => [
        harmless(Results.settingName(results, setting)),
        runs,
        verified,
        mean(samples.clock.mean),
        mean(samples.clockRate.mean),
        mean(samples.largestJump.mean),
        mean(samples.meanJump.mean),
        mean(samples.largestQueue.mean),
        mean(samples.meanWaitMs.mean),
      ]),
  )

const print = (results: Results.Results, { path }: Asked) =>
  Effect.gen(function* () {
    yield* line("means over the repetitions of each setting:")
    for (const text of shownTable(results)) yield* line(text)
    const failed = Results.failed(results)
    const seen = failed[0]?.run
    yield* line()
    yield* line(
      failed.length === 0
        ? `${results.runs.length} runs, all verified`
        : `${failed.length} of ${results.runs.length} runs do NOT verify: ${failed.map(Results.runName).join(", ")}${typeof seen === "string" ? `; see lightcone verify ${seen}` : ""}`,
    )
    yield* line(`next: read ${path}/README.md, which says what is in the directory`)
  })

/** Says what came of it; the exit code. */
export const finish = (results: Results.Results, asked: Asked, asJson: boolean) =>
  Effect.gen(function* () {
    yield* asJson ? json({ directory: asked.path, ...Tables.toJson(results) }) : print(results, asked)
    return Results.failed(results).length === 0 ? 0 : 1
  })

export const carryOut = (asked: Asked, asJson: boolean, invocation: Invocation) =>
  Effect.gen(function* () {
    const { name, plan, path, command } = asked
    const say = (text: string) => (invocation.quiet ? Effect.void : note(harmless(text)))
    const directory = yield* Directory.take(path)
    const found = yield* State.open(directory, name, plan)
    const store = yield* Store.open("write", invocation)
    const experiment: Runs.Experiment = { plan, directory, store, quiet: invocation.quiet }
    const begin = yield* Runs.takeUp(experiment, found)
    const missing = Runs.missing(plan, begin)
    if (missing.length > 0)
      yield* say(`experiment ${name}: ${Progress.outlook(missing)}; results go to ${path}`)
    const known = new Map<number, Results.RunResult>()
    const { code, state } = yield* Runs.makeMissing(experiment, begin, (planned, run) =>
      Effect.map(examine(store.log, directory, planned, run), (result) => {
        known.set(planned.number, result)
        return outcome(result)
      }),
    )
    if (code !== 0) {
      yield* say(
        `interrupted with ${state.runs.length} of ${plan.runs.length} runs made; go on with: ${command}`,
      )
      return code
    }
    const results = Results.of(name, plan, yield* collect(experiment, state, known))
    yield* Files.writeTables(directory, results)
    yield* Report.write(store.log, results, join(directory.path, Files.report))
    const abandoned = state.abandoned.map(({ run }) => run)
    yield* Files.writeReadme(directory, results, { command, abandoned })
    return yield* finish(results, asked, asJson)
  })
