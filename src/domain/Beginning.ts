/**
 * How a run of ours begins: `run-started` carries the configuration and is the first event, unless the run was
 * requested before; then the request comes first and carries the same. What counts time counts it from `run-started`.
 */
import type { Recorded } from "./ClockEvent.ts"
import type { Origin } from "./Imported.ts"
import type { RunConfig } from "./RunConfig.ts"

export interface Beginning {
  readonly config: RunConfig
  /** Of the copy of a run that was recorded elsewhere. */
  readonly origin: Origin | undefined
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
    return { config, origin, before: 0, firstUs: first.occurredAtUs, startUs: first.occurredAtUs }
  }
  if (first?.kind !== "run-requested") return undefined
  const { config, origin } = first.payload
  const startUs = second?.kind === "run-started" ? second.occurredAtUs : undefined
  return { config, origin, before: 1, firstUs: first.occurredAtUs, startUs }
}
