/** All that a report tells of a run beyond its statistics: a fold over the events in the order of the log. */
import {
  type AnyMachineEvent,
  isClockEvent,
  isRunEvent,
  type Logged,
  type Recorded,
} from "../../domain/ClockEvent.ts"
import type { Imported, Origin } from "../../domain/Imported.ts"
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
  /** Where a copy of a run of ours came from. */
  readonly origin: Origin | undefined
  readonly machines: number
  /** By number from 1 on: what it is called in words, such as "machine 2". */
  readonly names: ReadonlyArray<string>
  /** Whether figures go by the order of the log, for want of times that tell events apart; a second for each. */
  readonly byOrder: boolean
  /** Why, in words. */
  readonly orderBecause: string | undefined
  /** What the log says of its events. */
  readonly hasKinds: boolean
  readonly hasClocks: boolean
  readonly hasQueues: boolean
  /** The run's start, microseconds since the Unix epoch. */
  readonly startUs: number
  /** The end of the figures' axis. */
  readonly endUs: number
  /** From the first event to the last; undefined where the log has no times. */
  readonly lastedUs: number | undefined
  /** Receipts whose send is not known. */
  readonly strays: number
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
  /** What there is of it while more events are to come; its columns grow with them. */
  readonly soFar: () => CollectedSoFar
}

export type CollectedSoFar = Pick<
  Collected,
  | "config"
  | "imported"
  | "machines"
  | "byOrder"
  | "orderBecause"
  | "startUs"
  | "endUs"
  | "finished"
  | "diagram"
  | "queues"
  | "clocks"
  | "drift"
  | "jumps"
>

interface Options {
  /** What the diagram holds. */
  readonly maxEvents?: number
  /** Whether events between the first of the log and those that follow here are left out. */
  readonly isTail?: boolean
}

const longestOf = (queues: ReadonlyArray<Series>): Collected["longestQueue"] => {
  let longest: Collected["longestQueue"]
  for (const { machine, atUs, values } of queues)
    values.forEach((length, i) => {
      if (length > (longest?.length ?? 0)) longest = { machine, length, atUs: atUs[i]! }
    })
  return longest
}

const orderStepUs = 1_000_000

/** A name may fill a page. */
const longestName = 40

/** A name that is a number says less than "machine 2". */
export const calledOf = (name: string | undefined, machine: number): string => {
  if (name === undefined || /^\d+$/.test(name)) return `machine ${name ?? machine}`
  const shown = Html.visible(name)
  return shown.length <= longestName ? shown : `${shown.slice(0, longestName - 1)}\u2026`
}

/** Why figures of an imported log go by its order; undefined where they go by time. */
const orderOf = ({ says, resolutionUs }: Imported): string | undefined => {
  if (!says.includes("occurredAt")) return "the log does not have a time for each event"
  if (resolutionUs === undefined) return undefined
  return resolutionUs === 1_000_000
    ? "the log's times are whole seconds"
    : "the log's times are too coarse to tell events apart"
}

const isDerived = (event: Logged<AnyMachineEvent>): boolean =>
  "derived" in event.payload && event.payload.derived?.includes("occurredAt") === true

/** The receipt, where all of its message's times are known. */
const arrivedOf = (event: Logged<AnyMachineEvent>): Latency.Arrived | undefined => {
  if (event.kind !== "received" || isDerived(event)) return undefined
  const { sender, sendVersion, sentAtUs, arrivedAtUs } = event.payload
  if (sender === null || sendVersion === null || sentAtUs === null || arrivedAtUs === null) return undefined
  return { ...event, payload: { sender, sendVersion, sentAtUs, arrivedAtUs } }
}

/** A machine's share of a chart's points: a page is a thousand pixels wide, and a small run is drawn whole. */
const pointsPerMachine = (machines: number): number =>
  Math.max(Limits.minChartPointsPerMachine, Math.floor(Limits.maxChartPoints / Math.max(1, machines)))

export const make = ({ maxEvents = Limits.maxDiagramEvents, isTail = false }: Options = {}): Collection => {
  const diagram = Diagram.make(maxEvents)
  const latency = Latency.make()
  let clocks = Clocks.make(pointsPerMachine(1))
  let queues = Queues.make(pointsPerMachine(1))
  let config: RunConfig | undefined
  let imported: Imported | undefined
  let origin: Origin | undefined
  let orderBecause: string | undefined
  let [lastUs, timed, strays] = [0, 0, 0]
  /** By machine: a line is drawn forward, whatever an imported log says. */
  const reachedUs: Array<number> = []
  let [machines, startUs, endUs, finished] = [0, 0, 0, false]
  let begun = false
  let [hasClocks, hasQueues] = [false, false]
  return {
    step: (event) => {
      if (!begun) startUs = event.occurredAtUs
      begun = true
      // What waited for somebody to carry it out has its time from its start on.
      if (event.kind === "run-started" && config === undefined) startUs = event.occurredAtUs
      const saidUs = event.occurredAtUs - startUs
      const placeUs = orderBecause === undefined ? saidUs : (event.position - 1) * orderStepUs
      const atUs = imported === undefined ? placeUs : Math.max(placeUs, reachedUs[event.machine] ?? 0)
      reachedUs[event.machine] = atUs
      endUs = Math.max(endUs, atUs)
      lastUs = Math.max(lastUs, saidUs)
      if (event.kind === "run-requested" || event.kind === "run-forked") origin ??= event.payload.origin
      if (event.kind === "run-started" && config === undefined) {
        config = event.payload
        origin ??= event.payload.origin
        machines = config.machines
        clocks = Clocks.make(pointsPerMachine(machines), isTail)
        queues = Queues.make(pointsPerMachine(machines), isTail)
      }
      if (event.kind === "run-imported") {
        imported = event.payload
        orderBecause = orderOf(imported)
        machines = imported.machines
        clocks = Clocks.make(pointsPerMachine(machines), isTail)
        queues = Queues.make(pointsPerMachine(machines), true)
      }
      if (isRunEvent(event)) {
        finished ||= event.kind === "run-finished"
        return diagram.mark(event, atUs)
      }
      if (event.machine > machines) return
      const isTimed = !isDerived(event)
      if (isTimed) timed++
      if (orderBecause === undefined) diagram.step(event, atUs)
      else diagram.step(event, atUs, isTimed ? saidUs : null)
      queues.step(event, atUs)
      if (isClockEvent(event)) clocks.step(event, atUs)
      hasClocks ||= event.lamport !== null
      hasQueues ||= event.queueLength !== null
      if (event.kind === "received" && event.payload.sendVersion === null) strays++
      const arrived = arrivedOf(event)
      if (arrived !== undefined) latency.step(arrived, atUs)
    },
    soFar: () => ({
      ...clocks.soFar(machines),
      config,
      imported,
      machines,
      byOrder: orderBecause !== undefined,
      orderBecause,
      startUs,
      endUs,
      finished,
      diagram: diagram.finish(machines, endUs),
      queues: queues.soFar(machines),
    }),
    finish: () => {
      const lengths = queues.finish(machines, endUs)
      return {
        ...clocks.finish(machines, endUs),
        config,
        imported,
        origin,
        machines,
        names: Array.from({ length: machines }, (_, i) => calledOf(imported?.names[i], i + 1)),
        byOrder: orderBecause !== undefined,
        orderBecause: timed === 0 && orderBecause !== undefined ? "the log has no times" : orderBecause,
        hasKinds: imported?.says.includes("kind") !== false,
        hasClocks,
        hasQueues,
        startUs,
        endUs,
        lastedUs: timed === 0 && imported !== undefined ? undefined : lastUs,
        strays,
        diagram: diagram.finish(machines, endUs),
        queues: lengths,
        latency: latency.finish(machines),
        longestQueue: longestOf(lengths),
        finished,
      }
    },
  }
}
