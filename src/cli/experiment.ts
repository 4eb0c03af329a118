/** `experiment`: many runs from one description, gone on with where it stopped, ending in tables and a report. */
import { availableParallelism } from "node:os"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import { found } from "../domain/Requirement.ts"
import { UsageError } from "../domain/UsageError.ts"
import type { Described } from "./ExperimentDescription.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"

/** A word as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** The command line that asks for the same experiment in the same directory. */
const commandLine = (what: string, options: Record<string, unknown>): string =>
  ["lightcone experiment", quoted(what)]
    .concat(
      ["duration", "seed", "out"].flatMap((name) =>
        options[name] === undefined ? [] : [`--${name}`, quoted(String(options[name]))],
      ),
    )
    .concat(options.virtual === true ? ["--virtual"] : [])
    .concat(options.store === false ? ["--no-store"] : [])
    .join(" ")

const directoryOf = (name: string, options: Record<string, unknown>): string =>
  typeof options.out === "string" ? options.out : `experiment-${name}`

/** What would be run, and nothing else. */
const showPlan = ({ name, plan }: Described, directory: string, asJson: boolean) =>
  Effect.gen(function* () {
    const [{ table }, Progress] = yield* Effect.promise(() =>
      Promise.all([import("./Table.ts"), import("./ExperimentProgress.ts")]),
    )
    if (asJson)
      return yield* json({
        experiment: name,
        directory,
        estimatedSeconds: Math.round(Progress.estimateMs(plan.runs) / 1_000),
        settings: plan.settings,
        runs: plan.runs.map(({ number, setting, repetition, config }) => ({
          number,
          setting: setting + 1,
          repetition,
          seed: config.seed,
        })),
      })
    const rows = plan.runs.map(({ number, setting, repetition, config }) => [
      number,
      harmless(plan.settings[setting]!.name),
      repetition,
      config.seed,
    ])
    for (const text of table(["run", "setting", "repetition", "seed"], rows)) yield* line(text)
    yield* line(`\n${Progress.outlook(plan.runs)}; results would go to ${directory}`)
  })

const workersOf = (given: unknown): Effect.Effect<number, UsageError> => {
  if (given === undefined) return Effect.succeed(availableParallelism())
  const workers = /^\d{1,6}$/.test(String(given)) ? Number(given) : 0
  return workers >= 1 && workers <= Limits.maxWorkers
    ? Effect.succeed(workers)
    : new UsageError({
        message: `Cannot run the experiment: --workers must be a whole number of threads from 1 to ${Limits.maxWorkers}, found ${found(given)}`,
      })
}

/** Only virtual runs can be made without a store, and spread over cores. */
const checkVirtual = (options: Record<string, unknown>): Effect.Effect<void, UsageError> => {
  const [option, needs] =
    options.store === false && options.virtual !== true
      ? ["--no-store", "--virtual"]
      : options.workers !== undefined && options.store !== false
        ? ["--workers", "--virtual --no-store"]
        : []
  return option === undefined
    ? Effect.void
    : new UsageError({ message: `Cannot run the experiment: ${option} must go with ${needs}` })
}

/** Nothing heavy is loaded before the description is known to be good. */
export const command = (what: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    yield* checkVirtual(options)
    const workers = yield* workersOf(options.workers)
    const { read } = yield* Effect.promise(() => import("./ExperimentDescription.ts"))
    const described = yield* read(what, options)
    const path = directoryOf(described.name, options)
    if (options.plan === true) {
      yield* showPlan(described, path, options.json === true)
      return 0
    }
    const command = commandLine(what, options)
    if (options.store === false) {
      const { carryOut } = yield* Effect.promise(() => import("./ExperimentUnstored.ts"))
      return yield* carryOut({ ...described, path, command, workers }, options.json === true, invocation)
    }
    const { carryOut } = yield* Effect.promise(() => import("./ExperimentCarryingOut.ts"))
    return yield* carryOut({ ...described, path, command }, options.json === true, invocation)
  }).pipe(Effect.scoped)
