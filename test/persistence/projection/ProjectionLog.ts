/** The log of a case, and what a process that writes and projects it is told. */
import type { LabEvent } from "../../../src/domain/ClockEvent.ts"
import * as Random from "../../../src/domain/Random.ts"
import { simulate } from "../../domain/Simulator.ts"

const leastEvents = 1_000

export const runOf = (seed: number): string => `case${String(seed).padStart(8, "0")}`

/** Of a log that no delivery order made, receipts as if one had, so that every projection has something to say. */
export const withHeld = <E extends LabEvent>(log: ReadonlyArray<E>): ReadonlyArray<E> =>
  log.map((event) =>
    event.kind === "received" && event.version % 3 === 0
      ? { ...event, payload: { ...event.payload, heldUs: event.version, heldFor: "1/1" } }
      : event,
  )

/** At least a thousand events with drops, a crash and a resume. */
export const logOf = (seed: number): ReadonlyArray<LabEvent> => {
  const draw = Random.draws(seed, Random.Purpose.fault, 7)
  const between = (low: number, high: number) => low + Random.below(draw(), high - low + 1)
  const machines = between(3, 5)
  const rates = Array.from({ length: machines }, (_, i) => (i === 0 ? 4 : between(10, 60)))
  const sum = rates.reduce((total, rate) => total + rate, 0)
  const durationUs = Math.ceil((1_250 / sum) * 1_000_000)
  const at = (share: number) => Math.floor(durationUs * share)
  const config = {
    machines,
    rates,
    seed,
    durationUs,
    sides: between(3, 5),
    capacity: between(2, 8),
    overflow: (["drop-oldest", "drop-newest", "backpressure"] as const)[seed % 3]!,
  }
  const interruptions = [
    { machine: 1, atUs: at(0.3), downUs: at(0.1), crash: false },
    { machine: 2, atUs: at(0.5), downUs: at(0.1), crash: true },
    { machine: 1, atUs: at(0.7), downUs: at(0.05), crash: false },
  ]
  const events = simulate({ config, interruptions }).map(({ position: _, ...event }) => event as LabEvent)
  if (events.length < leastEvents) throw new Error(`seed ${seed} gives ${events.length} events only`)
  return withHeld(events)
}

export interface Job {
  readonly url?: string
  readonly directory?: string
  readonly seed: number
  /** Of the sizes of its batches. */
  readonly draw: number
  /** Whether rows go by COPY. */
  readonly copy: boolean
}
