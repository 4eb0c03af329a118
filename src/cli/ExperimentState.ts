/**
 * How far an experiment is, in its directory's `experiment.json`.
 *
 * A run's name is written down before the run is made, and again once it is finished. So whatever happens in
 * between, the next start finds it as `underWay` and asks the store: a run that the store holds as finished is
 * counted although nobody came to say so, anything else is abandoned and made again under a new name.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Plan } from "../domain/Experiment.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import { UsageError } from "../domain/UsageError.ts"
import { type Directory, stateFile } from "./ExperimentDirectory.ts"

const Made = Schema.Struct({ number: Schema.Int, run: Schema.String })
export type Made = typeof Made.Type

const State = Schema.Struct({
  format: Schema.Literal(1),
  experiment: Schema.String,
  settings: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      config: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    }),
  ),
  seeds: Schema.Array(Schema.Number),
  /** Finished runs. */
  runs: Schema.Array(Made),
  underWay: Schema.NullOr(Made),
  /** Runs that were begun and not finished; they count for nothing. */
  abandoned: Schema.Array(Made),
})
export type State = typeof State.Type

export const seedsOf = (plan: Plan): ReadonlyArray<number> =>
  plan.runs.filter(({ setting }) => setting === 0).map(({ config }) => config.seed)

const begin = (experiment: string, plan: Plan): State => ({
  format: 1,
  experiment,
  settings: plan.settings.map(({ name, config }) => ({ name, config })),
  seeds: seedsOf(plan),
  runs: [],
  underWay: null,
  abandoned: [],
})

const shown = (value: unknown): string => JSON.stringify(value)

/** The first thing that is asked for now and was not then. */
const difference = (then: State, now: State): string | undefined => {
  if (then.experiment !== now.experiment)
    return `the experiment is ${shown(then.experiment)} there and ${shown(now.experiment)} here`
  for (const [i, setting] of now.settings.entries()) {
    const before = then.settings[i]
    if (before === undefined) return `the setting ${shown(setting.name)} is not there`
    const told = `of the setting ${shown(setting.name)}`
    for (const [key, ours] of Object.entries(setting.config)) {
      // What a later version added is as it was without it.
      const theirs = before.config[key] ?? RunConfig.defaults[key as keyof RunConfig.RunConfig]
      if (shown(theirs) !== shown(ours))
        return `${key} ${told} is ${shown(theirs)} there and ${shown(ours)} here`
    }
    if (before.name !== setting.name)
      return `the setting ${shown(setting.name)} is called ${shown(before.name)} there`
  }
  if (then.settings.length > now.settings.length)
    return `the setting ${shown(then.settings[now.settings.length]!.name)} is there alone`
  return shown(then.seeds) === shown(now.seeds)
    ? undefined
    : `the seeds are ${then.seeds.join(", ")} there and ${now.seeds.join(", ")} here`
}

const damaged = (path: string, reason: string): UsageError =>
  new UsageError({ message: `Cannot go on with ${path}: ${stateFile} must be as it was written, ${reason}` })

const decode = (text: string, path: string): Effect.Effect<State, UsageError> =>
  Effect.try({ try: () => JSON.parse(text) as unknown, catch: (cause) => cause as Error }).pipe(
    Effect.mapError((cause) => damaged(path, `but it is no JSON: ${cause.message}`)),
    Effect.flatMap((raw) =>
      Either.mapLeft(Schema.decodeUnknownEither(State)(raw), (error) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
        return damaged(path, `but in ${issue!.path.join(".") || "it"}: ${issue!.message}`)
      }),
    ),
  )

/** A run number that the plan does not have, or has twice, would be counted for another. */
const misnumbered = ({ runs, underWay }: State, plan: Plan): string | undefined => {
  const seen = new Set<number>()
  for (const { number } of underWay === null ? runs : [...runs, underWay]) {
    if (number < 1 || number > plan.runs.length) return `but in runs: the plan has no number ${number}`
    if (seen.has(number)) return `but in runs: number ${number} twice`
    seen.add(number)
  }
  return undefined
}

export const save = (directory: Directory, state: State): Effect.Effect<void, UsageError> =>
  directory.write(stateFile, `${JSON.stringify(state, undefined, 2)}\n`)

/** What is there of this very experiment, or its beginning; another experiment's is refused. */
export const open = (
  directory: Directory,
  experiment: string,
  plan: Plan,
): Effect.Effect<State, UsageError> =>
  Effect.gen(function* () {
    const now = begin(experiment, plan)
    const text = yield* directory.read(stateFile)
    if (text === undefined) {
      yield* save(directory, now)
      return now
    }
    const then = yield* decode(text, directory.path)
    const apart = difference(then, now)
    if (apart !== undefined)
      return yield* new UsageError({
        message: `Cannot go on with ${directory.path}: it holds another experiment: ${apart}; --out names another directory`,
      })
    const wrong = misnumbered(then, plan)
    if (wrong !== undefined) return yield* damaged(directory.path, wrong)
    return then
  })
