/**
 * A format in which a run leaves Lightcone: one file each, and one line in `Formats`. An exporter is handed the
 * events of a window in the order of the log and gives back text, so a run of any length goes through it.
 */
import * as Beginning from "../../domain/Beginning.ts"
import type { Recorded } from "../../domain/ClockEvent.ts"

/** What is known of a run before its other events are read. */
export interface Run {
  /** It has machines 1 to this. */
  readonly count: number
  /** What the run calls a machine: its number, or the name that an imported log gave. */
  readonly nameOf: (machine: number) => string
  /** Microseconds since the Unix epoch: when it started, or was requested if it has not. */
  readonly startUs: number
}

export interface Context extends Run {
  readonly run: string
  /** Ascending: those whose events are exported. 0 is the run's own stream. */
  readonly machines: ReadonlyArray<number>
  /** Where a file holds one machine, its lines need not say which. */
  readonly alone: boolean
}

export interface Exporter {
  /** Before the first event. */
  readonly begin: () => string
  readonly event: (event: Recorded) => string
  /** After the last one. */
  readonly end: () => string
}

/** Of a run: all events, those of machines, or only those that tick a clock. */
export type Kinds = "all" | "machines" | "clock"

export interface Format {
  /** As `--format` names it. */
  readonly name: string
  /** What it is, in a few words. */
  readonly does: string
  readonly kinds: Kinds
  /** Of files, one a machine, where the format can be had so. */
  readonly extension?: string
  /** What to do with it, for the end of the command. */
  readonly next?: string
  readonly make: (context: Context) => Exporter
}

const nothing = (): string => ""

/** Of a format that is a line an event, under a heading or none. */
export const lines = (event: Exporter["event"], begin: Exporter["begin"] = nothing): Exporter => ({
  begin,
  event,
  end: nothing,
})

/** From a run's first two events, or as many as there are; undefined where they begin no run. */
export const runOf = (log: ReadonlyArray<Recorded>): Run | undefined => {
  const [first] = log
  if (first?.kind === "run-imported") {
    const { machines, names } = first.payload
    const nameOf = (machine: number): string => names[machine - 1] ?? String(machine)
    return { count: machines, nameOf, startUs: first.occurredAtUs }
  }
  const beginning = Beginning.of(log)
  if (beginning === undefined) return undefined
  const { config, firstUs, startUs = firstUs } = beginning
  return { count: config.machines, nameOf: String, startUs }
}
