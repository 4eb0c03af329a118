/** All that a report tells of a run beyond its statistics: a fold over the events in the order of the log. */
import { isClockEvent, isRunEvent, isWhole, type Recorded } from "../../domain/ClockEvent.ts"
import type { Imported } from "../../domain/Imported.ts"
import * as Limits from "../../domain/Limits.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import * as Clocks from "./Clocks.ts"
import * as Diagram from "./Diagram.ts"
import * as Latency from "./Latency.ts"
import * as Queues from "./Queues.ts"
import type { DiagramData, Series } from "./ReportData.ts"

export interface Collected extends Clocks.ClocksFound {
  /** Undefined if the log does not begin with `run-started`. */
  readonly config: RunConfig | undefined
  /** What is known of a log that came from elsewhere. */
  readonly imported: Imported | undefined
  readonly machines: number
  /** The run's start, microseconds since the Unix epoch. */
  readonly startUs: number
  readonly endUs: number
  readonly diagram: DiagramData
  readonly queues: ReadonlyArray<Series>
  readonly latency: Latency.LatencyFound
  /** The most messages that an inbox held, and when it did first; undefined if none ever held one. */
  readonly longestQueue:
    | { readonly machine: number; readonly length: number; readonly atUs: number }
    | undefined
  readonly finished: boolean
}

export interface Collection {
  readonly step: (event: Recorded) => void
  /** To be called once. */
  readonly finish: () => Collected
}

const longestOf = (queues: ReadonlyArray<Series>): Collected["longestQueue"] => {
  let longest: Collected["longestQueue"]
  for (const { machine, atUs, values } of queues)
    values.forEach((length, i) => {
      if (length > (longest?.length ?? 0)) longest = { machine, length, atUs: atUs[i]! }
    })
  return longest
}

/** A machine's share of a chart's points: a page is a thousand pixels wide, and a small run is drawn whole. */
const pointsPerMachine = (machines: number): number =>
  Math.max(Limits.minChartPointsPerMachine, Math.floor(Limits.maxChartPoints / Math.max(1, machines)))

export const make = (): Collection => {
  const diagram = Diagram.make(Limits.maxDiagramEvents)
  const latency = Latency.make()
  let clocks = Clocks.make(pointsPerMachine(1))
  let queues = Queues.make(pointsPerMachine(1))
  let config: RunConfig | undefined
  let imported: Imported | undefined
  let [machines, startUs, endUs, finished] = [0, 0, 0, false]
  let begun = false
  return {
    step: (event) => {
      if (!begun) startUs = event.occurredAtUs
      begun = true
      const atUs = event.occurredAtUs - startUs
      endUs = Math.max(endUs, atUs)
      if (event.kind === "run-started" && config === undefined) {
        config = event.payload
        machines = config.machines
        clocks = Clocks.make(pointsPerMachine(machines))
        queues = Queues.make(pointsPerMachine(machines))
      }
      if (event.kind === "run-imported") {
        imported = event.payload
        machines = imported.machines
        clocks = Clocks.make(pointsPerMachine(machines))
        queues = Queues.make(pointsPerMachine(machines))
      }
      if (isRunEvent(event)) {
        finished ||= event.kind === "run-finished"
        return diagram.mark(event, atUs)
      }
      if (event.machine > machines) return
      diagram.step(event, atUs)
      queues.step(event, atUs)
      if (isClockEvent(event)) clocks.step(event, atUs)
      if (event.kind === "received" && isWhole(event)) latency.step(event, atUs)
    },
    finish: () => {
      const lengths = queues.finish(machines, endUs)
      return {
        ...clocks.finish(machines, endUs),
        config,
        imported,
        machines,
        startUs,
        endUs,
        diagram: diagram.finish(machines, endUs),
        queues: lengths,
        latency: latency.finish(machines),
        longestQueue: longestOf(lengths),
        finished,
      }
    },
  }
}
