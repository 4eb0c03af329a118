/** The tables of an experiment for other programs: CSV and the objects of JSON. */
import { names } from "../../domain/experiment/Measures.ts"
import type { Subject } from "../../domain/experiment/ResultTable.ts"
import { confidence, type Sample } from "../../domain/experiment/Sample.ts"
import { type Cell, csv } from "../Csv.ts"
import { type Results, settingName } from "./Results.ts"

const cells = ({ count, mean, deviation, interval }: Sample): ReadonlyArray<Cell> => [
  mean,
  deviation,
  interval?.[0],
  interval?.[1],
  count,
]

/** A row for each setting and what it speaks of: of each measure mean, deviation, interval and number of values. */
export const settingsCsv = (results: Results): string =>
  csv(
    [
      "setting",
      "name",
      "of",
      "runs",
      "verified",
      ...names.flatMap((name) => ["mean", "sd", "low", "high", "n"].map((what) => `${name}_${what}`)),
    ],
    results.rows.map(({ setting, of, runs, verified, samples }) => [
      setting + 1,
      settingName(results, setting),
      of,
      runs,
      verified,
      ...names.flatMap((name) => cells(samples[name])),
    ]),
  )

/** A row for each run as a whole, and one for each of its machines. */
export const runsCsv = (results: Results): string =>
  csv(
    [
      ...["number", "run", "setting", "name", "repetition", "seed", "events", "verified", "of", ...names],
      "digest",
    ],
    results.runs.flatMap(({ run, planned, events, digest, verified, measures }) =>
      [measures.all, ...measures.machines].map((measured, machine) => [
        planned.number,
        run,
        planned.setting + 1,
        settingName(results, planned.setting),
        planned.repetition,
        planned.config.seed,
        events,
        verified,
        machine === 0 ? "all" : machine,
        ...names.map((name) => measured[name]),
        digest,
      ]),
    ),
  )

export interface RowJson {
  readonly setting: number
  readonly name: string
  readonly of: Subject
  readonly runs: number
  readonly verified: number
  readonly [measure: string]: unknown
}

const sampleJson = ({ count, mean, deviation, interval }: Sample) => ({
  mean,
  sd: deviation,
  low: interval?.[0] ?? null,
  high: interval?.[1] ?? null,
  n: count,
})

/** The settings, the runs and the table; settings are numbered from 1. */
export const toJson = (results: Results) => ({
  experiment: results.experiment,
  about: results.plan.about ?? null,
  verified: results.runs.every(({ verified }) => verified !== false),
  confidence,
  sweep:
    results.plan.sweep === undefined
      ? null
      : { ...results.plan.sweep, numbers: results.plan.sweep.numbers ?? null },
  settings: results.plan.settings.map(({ name, swept, config }, i) => ({
    setting: i + 1,
    name,
    swept: swept ?? null,
    expectedLift: results.foretold[i]?.expectedLift ?? null,
    config,
    runs: results.runs.filter(({ planned }) => planned.setting === i).map(({ run }) => run),
  })),
  runs: results.runs.map(({ run, planned, events, digest, verified }) => ({
    number: planned.number,
    run,
    setting: planned.setting + 1,
    repetition: planned.repetition,
    seed: planned.config.seed,
    events,
    verified,
    digest,
  })),
  table: results.rows.map(
    ({ setting, of, runs, verified, samples }): RowJson => ({
      setting: setting + 1,
      name: settingName(results, setting),
      of,
      runs,
      verified,
      ...Object.fromEntries(
        names.map((name) => [
          name,
          {
            ...sampleJson(samples[name]),
            predicted: of === "all" ? (results.foretold[setting]?.[name] ?? null) : null,
          },
        ]),
      ),
    }),
  ),
})
