/** An experiment from its directory to its results. */
import * as Effect from "effect/Effect"
import type { Described } from "./ExperimentDescription.ts"
import * as Directory from "./ExperimentDirectory.ts"
import * as Runs from "./ExperimentRuns.ts"
import * as State from "./ExperimentState.ts"
import { json } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"

export const carryOut = (
  { name, plan }: Described,
  path: string,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const { quiet } = invocation
    const directory = yield* Directory.take(path)
    const found = yield* State.open(directory, name, plan)
    const store = yield* Store.open("write", invocation)
    const experiment: Runs.Experiment = { plan, directory, store, quiet }
    const begin = yield* Runs.takeUp(experiment, found)
    const { code, state } = yield* Runs.makeMissing(experiment, begin, () => Effect.succeed("finished"))
    if (options.json === true) yield* json({ experiment: name, directory: path, runs: state.runs })
    return code
  })
