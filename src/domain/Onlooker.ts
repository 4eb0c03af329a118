/**
 * Who looks on while a real run is made, or while projections take in its events: for measurements that leave the
 * process. What is told changes nothing of the run. Times are microseconds since the Unix epoch.
 */
import type { LabEvent, MachineEvent, Recorded } from "./ClockEvent.ts"

export interface Onlooker {
  /** A machine has decided an event, so late after its tick was due; it goes to the recorder now, at `atUs`. */
  readonly decided: (event: MachineEvent, latenessUs: number, atUs: number) => void
  /** The store has these, of positions from `head + 1` on, by an append that took from `begunUs` to `endedUs`. */
  readonly appended: (events: ReadonlyArray<LabEvent>, head: number, begunUs: number, endedUs: number) => void
}

/** How far one projection came by a batch: the events after `from` up to `to`. */
export interface Step {
  readonly projection: string
  readonly from: number
  readonly to: number
}

export interface BatchOnlooker {
  readonly read: (page: ReadonlyArray<Recorded>) => void
  /** What was read is in the tables of these. */
  readonly written: (steps: ReadonlyArray<Step>) => void
}

export interface ProjectionOnlooker {
  /** Whether it must be shown the first events of the run before batches of it. */
  readonly mustMeet: (run: string) => boolean
  readonly meet: (run: string, beginning: ReadonlyArray<Recorded>) => void
  readonly batch: (run: string) => BatchOnlooker
}
