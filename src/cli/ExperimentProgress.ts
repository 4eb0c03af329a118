/** How an experiment goes, on standard error: how long it takes, a line a run, and in a terminal a live line. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Plan, PlannedRun } from "../domain/Experiment.ts"
import type { Progress } from "../runtime/Laboratory.ts"
import { harmless, note } from "./Output.ts"
import { showDuration } from "./Units.ts"

/** What a run takes beside its schedule, until it has been measured: start, stop, the reading of its log. */
const besideMs = 400

const framesMs = 500

/** Seconds, minutes or hours, as one says them. */
export const about = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** What a run's schedule takes of our time. */
const scheduleMs = ({ config }: PlannedRun): number =>
  config.mode === "virtual" ? 0 : config.durationUs / 1_000

/** How long these runs take, one after another; milliseconds. */
export const estimateMs = (runs: ReadonlyArray<PlannedRun>, besideEachMs = besideMs): number =>
  runs.reduce((sum, run) => sum + scheduleMs(run) + besideEachMs, 0)

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

/** Such as "15 runs of 60s, one after another in real time: about 15 min 6 s". */
export const outlook = (runs: ReadonlyArray<PlannedRun>): string => {
  const lengths = new Set(runs.map(({ config }) => config.durationUs))
  const each = lengths.size === 1 ? ` of ${showDuration([...lengths][0]!)}` : ""
  const time = runs.every(({ config }) => config.mode === "virtual") ? "virtual" : "real"
  return `${count(runs.length, "run")}${each}, one after another in ${time} time: about ${about(estimateMs(runs))}`
}

export interface Watch {
  /** A run begins; gives what shows it while it goes on. */
  readonly begin: (planned: PlannedRun) => (progress: Progress) => Effect.Effect<unknown>
  readonly finished: (planned: PlannedRun, run: string, outcome: string) => Effect.Effect<void>
}

/** Watches the runs that are still to be made. */
export const watch = (plan: Plan, toMake: ReadonlyArray<PlannedRun>, quiet: boolean): Watch => {
  let left = toMake
  let [made, besideSumMs, begunMs] = [0, 0, performance.now()]
  let drawn = false
  const besideEachMs = () => (made === 0 ? besideMs : besideSumMs / made)
  const over = () => {
    const up = drawn ? "\x1b[1A\x1b[2K" : ""
    drawn = false
    return up
  }
  const place = ({ number }: PlannedRun) => `run ${number} of ${plan.runs.length}`
  const setting = ({ setting: i }: PlannedRun) => plan.settings[i]!.name

  const live = (planned: PlannedRun, progress: Progress) =>
    Effect.suspend(() => {
      const elapsedMs = Math.max(0, (progress.nowUs() - progress.startUs) / 1_000)
      const leftMs = Math.max(0, estimateMs(left, besideEachMs()) - elapsedMs)
      const text = `${place(planned)}: ${about(elapsedMs)} of ${showDuration(planned.config.durationUs)}, about ${about(leftMs)} left in all; ${setting(planned)}, seed ${planned.config.seed}, ${progress.stored()} events stored`
      const columns = process.stderr.columns || 80
      const line = note(`${over()}${harmless(text).slice(0, columns - 1)}`)
      drawn = true
      return line
    }).pipe(Effect.zipRight(Effect.sleep(Duration.millis(framesMs))), Effect.forever)

  return {
    begin: (planned) => {
      begunMs = performance.now()
      return (progress) => (!quiet && process.stderr.isTTY ? live(planned, progress) : Effect.void)
    },
    finished: (planned, run, outcome) =>
      Effect.suspend(() => {
        made++
        besideSumMs += performance.now() - begunMs - scheduleMs(planned)
        left = left.filter(({ number }) => number !== planned.number)
        const more = left.length === 0 ? "" : `; about ${about(estimateMs(left, besideEachMs()))} left`
        const text = `${place(planned)}: ${run}, ${setting(planned)}, seed ${planned.config.seed}: ${outcome}${more}`
        return quiet ? Effect.void : note(`${over()}${harmless(text)}`)
      }),
  }
}
