/** Makes the runs of an experiment that are not there yet, one after another. */
import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { EventLogShape } from "../domain/EventLog.ts"
import type { Plan, PlannedRun } from "../domain/Experiment.ts"
import type { Progress as LaboratoryProgress } from "../runtime/Laboratory.ts"
import type { Directory } from "./ExperimentDirectory.ts"
import * as Progress from "./ExperimentProgress.ts"
import * as State from "./ExperimentState.ts"
import * as Interruption from "./Interruption.ts"
import { harmless, note } from "./Output.ts"
import { begun, newRunId, record } from "./Recording.ts"
import type { Store } from "./Store.ts"

/** What the store knows of a run. */
const standing = (log: EventLogShape, run: string) =>
  Effect.gen(function* () {
    const { position } = yield* log.head(run)
    const [last] = yield* log.read({ run, after: position - 1, limit: 1 })
    return last?.kind === "run-finished" ? ("finished" as const) : ("unfinished" as const)
  }).pipe(Effect.catchTag("RunUnknown", () => Effect.succeed("unknown" as const)))

/** Brings what was written down into line with the store; says what it dropped, by number. */
const reconcile = (log: EventLogShape, state: State.State) =>
  Effect.gen(function* () {
    const runs: Array<State.Made> = []
    const lost: Array<State.Made> = []
    for (const made of state.runs) ((yield* standing(log, made.run)) === "finished" ? runs : lost).push(made)
    const abandoned = [...state.abandoned]
    if (state.underWay !== null) {
      const found = yield* standing(log, state.underWay.run)
      if (found === "finished") runs.push(state.underWay)
      else if (found === "unfinished") abandoned.push(state.underWay)
    }
    return { state: { ...state, runs, underWay: null, abandoned }, lost }
  })

export interface Experiment {
  readonly plan: Plan
  readonly directory: Directory
  readonly store: Store
  readonly quiet: boolean
}

const say = ({ quiet }: Pick<Experiment, "quiet">, text: string): Effect.Effect<void> =>
  quiet || text === "" ? Effect.void : note(harmless(text))

const runs = (made: ReadonlyArray<State.Made>): string => made.map(({ run }) => run).join(", ")

/** The state to go on from, told and written down. */
export const takeUp = (
  experiment: Omit<Experiment, "store"> & { readonly store: Pick<Store, "log"> },
  found: State.State,
) =>
  Effect.gen(function* () {
    const { plan, directory, store } = experiment
    const { state, lost } = yield* reconcile(store.log, found)
    if (lost.length > 0)
      yield* say(experiment, `no longer in the store as finished runs, and made again: ${runs(lost)}`)
    for (const { run } of lost)
      yield* directory.attempt(join("runs", run), (path) => rmSync(path, { recursive: true, force: true }))
    const left = plan.runs.length - state.runs.length
    if (state.runs.length > 0)
      yield* say(
        experiment,
        `${state.runs.length} of ${plan.runs.length} runs are there already, in ${directory.path}`,
      )
    if (left > 0 && state.abandoned.length > 0)
      yield* say(experiment, `abandoned half-way and not counted: ${runs(state.abandoned)}`)
    yield* State.save(directory, state)
    return state
  })

/** The runs of the plan that are not there, in its order. */
export const missing = (plan: Plan, state: State.State): ReadonlyArray<PlannedRun> => {
  const there = new Set(state.runs.map(({ number }) => number))
  return plan.runs.filter(({ number }) => !there.has(number))
}

/** Makes one run, written down before and after; the exit code and the state then. */
const make = (
  { directory, store }: Experiment,
  planned: PlannedRun,
  before: State.State,
  interruption: Interruption.Interruption,
  show: (progress: LaboratoryProgress) => Effect.Effect<unknown>,
) =>
  Effect.gen(function* () {
    const made = { number: planned.number, run: newRunId() }
    yield* State.save(directory, { ...before, underWay: made })
    const { code } = yield* record(made.run, begun(planned.config), store, interruption, { show })
    const state =
      code === 0
        ? { ...before, runs: [...before.runs, made] }
        : { ...before, abandoned: [...before.abandoned, made] }
    yield* State.save(directory, state)
    return { code, state, run: made.run }
  })

/** Makes what is missing in the order of the plan, until a signal comes. `examined` says how each came out. */
export const makeMissing = <E>(
  experiment: Experiment,
  begin: State.State,
  examined: (planned: PlannedRun, run: string) => Effect.Effect<string, E>,
) =>
  Effect.gen(function* () {
    const interruption = yield* Interruption.listen
    const toMake = missing(experiment.plan, begin)
    const watch = Progress.watch(experiment.plan, toMake, experiment.quiet)
    let state = begin
    for (const planned of toMake) {
      const stopped = interruption.code()
      if (stopped !== undefined) return { code: stopped, state }
      const made = yield* make(experiment, planned, state, interruption, watch.begin(planned))
      state = made.state
      if (made.code !== 0) return { code: made.code, state }
      yield* watch.finished(planned, made.run, yield* examined(planned, made.run))
    }
    return { code: interruption.code() ?? 0, state }
  }).pipe(Effect.scoped)
