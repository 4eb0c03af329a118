/**
 * A figure of the bench: what was measured, what of the same machine and the same minute it is held against, and how far
 * the two are to be from each other.
 */
import { realpathSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { table } from "./Table.ts"

export interface Target {
  readonly value: number
  /** Of the ratio to the reference, or of what was measured by itself. */
  readonly of: "ratio" | "measured"
  readonly bound: "at least" | "at most"
}

export interface Row {
  readonly figure: string
  readonly what: string
  readonly unit: string
  readonly measured: number | null
  readonly reference: { readonly what: string; readonly value: number } | null
  /** Of speeds, ours to the reference's; of times and sizes as well. */
  readonly ratio: number | null
  readonly target: Target | null
  readonly reached: boolean | null
  /** Why nothing was measured, or no reference. */
  readonly leftOut: string | null
  /** What else was seen. */
  readonly beside: Readonly<Record<string, number>>
}

export interface Measurement {
  readonly what: string
  readonly unit: string
  readonly measured: number
  readonly reference?: { readonly what: string; readonly value: number; readonly ratio?: number } | undefined
  readonly target?: Target
  readonly leftOut?: string
  readonly beside?: Readonly<Record<string, number>>
}

export interface Options {
  /** A short round: figures of the right order, in seconds. */
  readonly quick: boolean
}

export interface Figure {
  readonly name: string
  readonly measure: (options: Options) => Promise<ReadonlyArray<Row>>
}

const judged = (target: Target, measured: number, ratio: number | null): boolean | null => {
  const value = target.of === "ratio" ? ratio : measured
  if (value === null) return null
  return target.bound === "at least" ? value >= target.value : value <= target.value
}

export const row = (figure: string, measurement: Measurement): Row => {
  const { what, unit, measured, reference, target = null, leftOut = null, beside = {} } = measurement
  const ratio = reference === undefined ? null : (reference.ratio ?? measured / reference.value)
  return {
    figure,
    what,
    unit,
    measured,
    reference: reference === undefined ? null : { what: reference.what, value: reference.value },
    ratio,
    target,
    reached: target === null ? null : judged(target, measured, ratio),
    leftOut,
    beside,
  }
}

/** A row that says why there is no figure. */
export const leftOut = (figure: string, what: string, unit: string, target: Target, reason: string): Row => ({
  figure,
  what,
  unit,
  measured: null,
  reference: null,
  ratio: null,
  target,
  reached: null,
  leftOut: reason,
  beside: {},
})

/** Progress, for whoever waits. */
export const note = (text: string): void => void process.stderr.write(`${text}\n`)

/** Measures if this file is what was started: a table, or with --json what `bench/main.ts` reads. */
export const alone = async (url: string, figure: Figure): Promise<void> => {
  const started = process.argv[1]
  if (started === undefined || realpathSync(started) !== fileURLToPath(url)) return
  const rows = await figure.measure({ quick: process.argv.includes("--quick") })
  process.stdout.write(process.argv.includes("--json") ? JSON.stringify(rows) : table(rows))
}
