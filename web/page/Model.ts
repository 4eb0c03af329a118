/**
 * A run as far as it has been heard of, in the shapes that the report's figures draw. It is collected as a report
 * collects it. More events than `maxEvents` are not kept: a longer run is shown from its tail, after its first event.
 */
import type { Recorded } from "../../src/domain/ClockEvent.ts"
import * as Collect from "../../src/interchange/report/Collect.ts"
import type { RunData } from "../../src/interchange/report/ReportData.ts"
import * as SpaceTimeData from "../SpaceTimeData.ts"

/** Some hundred megabytes of a browser; a diagram of more is asked for in parts. */
export const maxEvents = 250_000

/** Of a longer run: enough to look around in, with room to grow. */
export const tailEvents = 150_000

export interface Seen {
  readonly run: RunData
  readonly data: SpaceTimeData.SpaceTimeData
  readonly startUs: number
  readonly finished: boolean
}

export interface Model {
  readonly add: (events: ReadonlyArray<Recorded>) => void
  /** Undefined until the run's first event has come. */
  readonly see: () => Seen | undefined
  readonly events: () => number
}

/** A run that has just begun is drawn over so much time at least. */
const leastUs = 1_000_000

const noLatency = { perDecade: 1, network: [], queueing: [] }

export const make = (name: string, isTail: boolean): Model => {
  const collection = Collect.make({ maxEvents: 2 * maxEvents, isTail })
  const rates: Array<number | undefined> = []
  let count = 0

  const see = (): Seen | undefined => {
    const { config, imported, byOrder, orderBecause, machines, startUs, finished, ...collected } =
      collection.soFar()
    if (machines === 0) return undefined
    const { endUs: lastUs, ...found } = collected
    const endUs = finished ? lastUs : Math.max(lastUs, leastUs)
    const axis = byOrder ? ("order" as const) : ("time" as const)
    const axisTitle = byOrder ? `order of events; ${orderBecause}` : "seconds"
    const names = Array.from({ length: machines }, (_, i) => imported?.names[i] ?? String(i + 1))
    const run: RunData = {
      run: name,
      title: name,
      axis,
      axisTitle,
      endUs,
      inboxCapacity: config?.capacity ?? 0,
      machines: names.map((called, i) => ({
        machine: i + 1,
        name: called,
        rate: rates[i + 1] ?? config?.rates?.[i] ?? null,
        queueGrowthHz: [],
        clockRateHz: [],
      })),
      ...found,
      latency: noLatency,
    }
    const data = SpaceTimeData.make(machines, endUs, found.diagram, { names, axis, axisTitle })
    return { run, data, startUs, finished }
  }

  return {
    add: (events) => {
      for (const event of events) {
        if (event.kind === "started") rates[event.machine] = event.payload.rate
        collection.step(event)
      }
      count += events.length
    },
    see,
    events: () => count,
  }
}
