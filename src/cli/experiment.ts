/** `experiment`: many runs from one description, gone on with where it stopped, ending in tables and a report. */
import * as Effect from "effect/Effect"
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

/** Nothing heavy is loaded before the description is known to be good. */
export const command = (what: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const { read } = yield* Effect.promise(() => import("./ExperimentDescription.ts"))
    const described = yield* read(what, options)
    const path = directoryOf(described.name, options)
    if (options.plan === true) {
      yield* showPlan(described, path, options.json === true)
      return 0
    }
    const { carryOut } = yield* Effect.promise(() => import("./ExperimentCarryingOut.ts"))
    const command = commandLine(what, options)
    return yield* carryOut({ ...described, path, command }, options.json === true, invocation)
  }).pipe(Effect.scoped)
