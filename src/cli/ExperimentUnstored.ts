/** An experiment in virtual time of which only results are kept: its runs are made on all cores and looked through. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { UsageError } from "../domain/UsageError.ts"
import * as Results from "../interchange/experiment/Results.ts"
import { type Asked, finish } from "./ExperimentCarryingOut.ts"
import * as Directory from "./ExperimentDirectory.ts"
import * as Files from "./ExperimentFiles.ts"
import * as Report from "./ExperimentReport.ts"
import * as State from "./ExperimentState.ts"
import * as Interruption from "./Interruption.ts"
import { harmless, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as RunMaking from "./RunMaking.ts"

const makeRuns = ({ plan }: Asked, workers: number, invocation: Invocation) =>
  Effect.gen(function* () {
    const bar = ProgressBar.make("making", "runs", invocation)
    let there = 0
    const interruption = yield* Interruption.listen
    const making = RunMaking.make({
      configs: plan.runs.map(({ config }) => config),
      workers,
      onMade: () => bar.show(++there, plan.runs.length),
      onFewer: (reason) => {
        if (invocation.debug) process.stderr.write(`a thread could not be started: ${harmless(reason)}\n`)
      },
    })
    return yield* Effect.raceFirst(
      Effect.map(making, (made) => ({ made })),
      Effect.map(interruption.requested, (code) => ({ code, there })),
    )
  }).pipe(Effect.scoped)

export const carryOut = (
  asked: Asked & { readonly workers: number },
  asJson: boolean,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const { name, plan, path, command, workers } = asked
    const say = (text: string) => (invocation.quiet ? Effect.void : note(harmless(text)))
    const directory = yield* Directory.take(path)
    const { runs } = yield* State.open(directory, name, plan)
    if (runs.length > 0)
      return yield* new UsageError({
        message: `Cannot use ${path}: it holds results of runs that are stored; --out names another directory`,
      })
    yield* say(
      `experiment ${name}: ${plan.runs.length} runs in virtual time, none of them stored; results go to ${path}`,
    )
    const outcome = yield* makeRuns(asked, workers, invocation)
    if ("code" in outcome) {
      yield* say(
        `interrupted with ${outcome.there} of ${plan.runs.length} runs made, of which nothing is kept; again with: ${command}`,
      )
      return outcome.code
    }
    const results = Results.of(
      name,
      plan,
      plan.runs.map((planned, i) => ({ run: null, planned, ...outcome.made[i]! })),
    )
    yield* Files.writeTables(directory, results)
    yield* Report.writeOfResults(results, join(directory.path, Files.report))
    yield* Files.writeReadme(directory, results, { command, abandoned: [] })
    return yield* finish(results, asked, asJson)
  })
