/**
 * The table of an experiment: for every setting, what its repetitions say together, of the run as a whole, of
 * its slowest and fastest machine, and of each machine by its number. Where rates are drawn, machine 1 is now
 * slow and now fast, and only the slowest and the fastest mean the same from one repetition to the next.
 */
import { type Measure, type Measured, names, type RunMeasures } from "./Measures.ts"
import * as Sample from "./Sample.ts"

/** Of what a row speaks: the run, its slowest or fastest machine, or a machine's number. */
export type Subject = "all" | "slowest" | "fastest" | number

export interface Repeated {
  /** Index of the setting. */
  readonly setting: number
  readonly verified: boolean | null
  readonly measures: RunMeasures
}

export interface Row {
  readonly setting: number
  readonly of: Subject
  readonly runs: number
  /** How many of them verify. */
  readonly verified: number
  readonly samples: Readonly<Record<Measure, Sample.Sample>>
}

const extreme = (
  machines: ReadonlyArray<Measured>,
  nearer: (rate: number, best: number) => boolean,
): Measured | undefined =>
  machines.reduce<Measured | undefined>(
    (best, one) => (best === undefined || nearer(one.rate!, best.rate!) ? one : best),
    undefined,
  )

/** Of machines of equal rate the first counts. */
const measuredOf = ({ all, machines }: RunMeasures, subject: Subject): Measured | undefined => {
  if (subject === "all") return all
  if (subject === "slowest") return extreme(machines, (rate, best) => rate < best)
  if (subject === "fastest") return extreme(machines, (rate, best) => rate > best)
  return machines[subject - 1]
}

const subjects = (runs: ReadonlyArray<Repeated>): ReadonlyArray<Subject> => {
  const machines = runs[0]?.measures.machines.length ?? 0
  const each = Array.from({ length: machines }, (_, i) => i + 1)
  return machines < 2 ? ["all", ...each] : ["all", "slowest", "fastest", ...each]
}

const rowOf = (setting: number, runs: ReadonlyArray<Repeated>, of: Subject): Row => {
  const found = runs.flatMap((run) => measuredOf(run.measures, of) ?? [])
  const sample = (name: Measure) => Sample.of(found.flatMap((measured) => measured[name] ?? []))
  return {
    setting,
    of,
    runs: runs.length,
    verified: runs.filter(({ verified }) => verified === true).length,
    samples: Object.fromEntries(names.map((name) => [name, sample(name)])) as Row["samples"],
  }
}

/** Rows setting by setting, in the order of their numbers. */
export const rows = (settings: number, runs: ReadonlyArray<Repeated>): ReadonlyArray<Row> =>
  Array.from({ length: settings }, (_, setting) => {
    const own = runs.filter((run) => run.setting === setting)
    return subjects(own).map((of) => rowOf(setting, own, of))
  }).flat()
