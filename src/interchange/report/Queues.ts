/** How long every inbox was: the step function of the projection `queue_lengths`, put into the order of time. */
import type { AnyMachineEvent, Logged } from "../../domain/ClockEvent.ts"
import { queueLengths } from "../../domain/projections/QueueLengths.ts"
import type { Series } from "./ReportData.ts"
import * as Thinned from "./Thinned.ts"

interface Line {
  readonly points: Thinned.Thinned
  /** Takings that an arrival, not revealed yet, may precede. */
  held: Array<readonly [atUs: number, length: number]>
  /** Of the last point. */
  length: number
}

export interface Queues {
  readonly step: (event: Logged<AnyMachineEvent>, atUs: number) => void
  readonly finish: (machines: number, endUs: number) => ReadonlyArray<Series>
  /** As far as it is known for sure, while more events are to come. */
  readonly soFar: (machines: number) => ReadonlyArray<Series>
}

/** `isSampled` where nothing but the lengths that events record is known. */
export const make = (pointsPerMachine: number, isSampled = false): Queues => {
  let state = queueLengths.initial()
  const lines: Array<Line> = []

  const lineOf = (machine: number): Line => {
    lines[machine] ??= { points: Thinned.make(pointsPerMachine), held: [], length: 0 }
    return lines[machine]!
  }

  const add = (line: Line, atUs: number, length: number): void => {
    line.points.add(atUs, length)
    line.length = length
  }

  /**
   * Lets go of what was held and lies before a time. A crash hides arrivals for good; by what was recorded the
   * inbox held one more before each taking all the same.
   */
  const release = (line: Line, beforeUs: number): void => {
    let count = 0
    while (count < line.held.length && line.held[count]![0] < beforeUs) {
      const [atUs, length] = line.held[count++]!
      if (line.length <= length) add(line, atUs, length + 1)
      add(line, atUs, length)
    }
    if (count > 0) line.held = line.held.slice(count)
  }

  return {
    soFar: (machines) => Array.from({ length: machines }, (_, i) => lineOf(i + 1).points.finish(i + 1)),
    step: (event, atUs) => {
      const line = lineOf(event.machine)
      if (isSampled) {
        if (event.queueLength !== null) add(line, atUs, event.queueLength)
        return
      }
      const next = queueLengths.apply(state, event)
      state = next.state
      const startUs = event.occurredAtUs - atUs
      if (event.kind === "started") add(line, atUs, event.queueLength)
      for (const { row } of next.changes) {
        const changedUs = Number(row.at) - startUs
        if (changedUs === atUs) line.held.push([atUs, Number(row.queue_length)])
        else {
          release(line, changedUs)
          add(line, changedUs, Number(row.queue_length))
        }
      }
      if (event.queueLength === 0 || event.kind === "resumed") release(line, Number.POSITIVE_INFINITY)
    },
    finish: (machines, endUs) =>
      Array.from({ length: machines }, (_, i) => {
        const line = lineOf(i + 1)
        release(line, Number.POSITIVE_INFINITY)
        const { atUs, values, ...rest } = line.points.finish(i + 1)
        const last = values[values.length - 1]
        return last === undefined || atUs[atUs.length - 1]! >= endUs
          ? { atUs, values, ...rest }
          : { ...rest, atUs: [...atUs, endUs], values: [...values, last] }
      }),
  }
}
