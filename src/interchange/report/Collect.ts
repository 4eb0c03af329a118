/** All that a report tells of a run beyond its statistics: a fold over the events in the order of the log. */
import { isClockEvent, isRunEvent, isWhole, type Recorded } from "../../domain/ClockEvent.ts"
import type { Imported } from "../../domain/Imported.ts"
import * as Limits from "../../domain/Limits.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import * as Clocks from "./Clocks.ts"
import * as Diagram from "./Diagram.ts"
import * as Html from "./Html.ts"
import * as Latency from "./Latency.ts"
import * as Queues from "./Queues.ts"
import type { DiagramData, Series } from "./ReportData.ts"

export interface Collected extends Clocks.ClocksFound {
  /** Undefined if the log does not begin with `run-started`. */
  readonly config: RunConfig | undefined
  /** What is known of a log that came from elsewhere. */
  readonly imported: Imported | undefined
  readonly machines: number
  /** By number from 1 on: what it is called in words, such as "machine 2". */
  readonly names: ReadonlyArray<string>
  /** Whether figures go by the order of the log, for want of times that tell events apart; a millisecond each. */
  readonly byOrder: boolean
  /** What the log says of clocks and queues. */
  readonly hasClocks: boolean
  readonly hasQueues: boolean
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

const orderStepUs = 1_000

/** A name that is a number says less than "machine 2". */
const calledOf = (name: string | undefined, machine: number): string =>
  name === undefined || name === String(machine) ? `machine ${machine}` : Html.visible(name)

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
  let byOrder = false
  let [hasClocks, hasQueues] = [false, false]
  return {
    step: (event) => {
      if (!begun) startUs = event.occurredAtUs
      begun = true
      const atUs = byOrder ? (event.position - 1) * orderStepUs : event.occurredAtUs - startUs
      endUs = Math.max(endUs, atUs)
      if (event.kind === "run-started" && config === undefined) {
        config = event.payload
        machines = config.machines
        clocks = Clocks.make(pointsPerMachine(machines))
        queues = Queues.make(pointsPerMachine(machines))
      }
      if (event.kind === "run-imported") {
        imported = event.payload
        byOrder = imported.resolutionUs !== undefined || !imported.says.includes("occurredAt")
        machines = imported.machines
        clocks = Clocks.make(pointsPerMachine(machines))
        queues = Queues.make(pointsPerMachine(machines), true)
      }
      if (isRunEvent(event)) {
        finished ||= event.kind === "run-finished"
        return diagram.mark(event, atUs)
      }
      if (event.machine > machines) return
      diagram.step(event, atUs)
      queues.step(event, atUs)
      if (isClockEvent(event)) clocks.step(event, atUs)
      hasClocks ||= event.lamport !== null
      hasQueues ||= event.queueLength !== null
      if (event.kind === "received" && isWhole(event)) latency.step(event, atUs)
    },
    finish: () => {
      const lengths = queues.finish(machines, endUs)
      return {
        ...clocks.finish(machines, endUs),
        config,
        imported,
        machines,
        names: Array.from({ length: machines }, (_, i) => calledOf(imported?.names[i], i + 1)),
        byOrder,
        hasClocks,
        hasQueues,
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
