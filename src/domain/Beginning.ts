/**
 * How a run of ours begins: `run-started` carries the configuration and is the first event, unless the run was
 * requested before or goes on from another's log; then that comes first and carries the same. What counts time counts it
 * from `run-started`.
 */
import type { UnderWay } from "./Change.ts"
import type { Parent, Recorded } from "./ClockEvent.ts"
import type { Origin } from "./Imported.ts"
import type { RunConfig } from "./RunConfig.ts"

export interface Beginning {
  readonly config: RunConfig
  /** Of the copy of a run that was recorded elsewhere. */
  readonly origin: Origin | undefined
  /** Of a run that was forked. */
  readonly parent: Parent | undefined
  /** Of what was copied from a real parent; `Prefix` says what it is. */
  readonly underWay: ReadonlyArray<UnderWay>
  /** Events before `run-started`, or before where it will stand. */
  readonly before: 0 | 1
  /** Microseconds since the Unix epoch: of the first event, and of the schedule's start once it has been taken. */
  readonly firstUs: number
  readonly startUs: number | undefined
}

/** How many events it takes to tell. */
export const events = 2

/** From a run's first two events, or as many as there are; undefined where they begin no run of ours. */
export const of = ([first, second]: ReadonlyArray<Recorded>): Beginning | undefined => {
  if (first?.kind === "run-started") {
    const { origin, ...config } = first.payload
    const firstUs = first.occurredAtUs
    return { config, origin, parent: undefined, underWay: [], before: 0, firstUs, startUs: firstUs }
  }
  if (first?.kind !== "run-requested" && first?.kind !== "run-forked") return undefined
  const { config, origin } = first.payload
  const startUs = second?.kind === "run-started" ? second.occurredAtUs : undefined
  const { parent, underWay = [] } = first.kind === "run-forked" ? first.payload : { parent: undefined }
  return { config, origin, parent, underWay, before: 1, firstUs: first.occurredAtUs, startUs }
}
