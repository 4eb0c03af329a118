/**
 * Where the time of a message goes: on the network (sent to arrived, less what a delivery order held it back for) and in
 * the inbox (arrived to received).
 */
import * as Histogram from "../../domain/Histogram.ts"
import type { LatencyData } from "./ReportData.ts"

const perDecade = 8
const decades = 12

export interface Spread {
  readonly count: number
  readonly medianUs: number
  readonly p99Us: number
  readonly maxUs: number
}

/** A message and how long it waited in the inbox. */
export interface Wait {
  readonly sender: number
  readonly sendVersion: number
  readonly machine: number
  readonly waitedUs: number
  readonly atUs: number
}

export interface LatencyFound {
  readonly data: LatencyData
  /** By machine that received, and of all; quantiles to within 0.4 %. */
  readonly network: ReadonlyArray<Spread>
  readonly queueing: ReadonlyArray<Spread>
  readonly allNetwork: Spread
  readonly allQueueing: Spread
  readonly longestWait: Wait | undefined
}

/** A receipt of which all times are known. */
export interface Arrived {
  readonly machine: number
  readonly occurredAtUs: number
  readonly payload: {
    readonly sender: number
    readonly sendVersion: number
    readonly sentAtUs: number
    readonly arrivedAtUs: number
    readonly heldUs?: number
  }
}

export interface Latency {
  readonly step: (event: Arrived, atUs: number) => void
  readonly finish: (machines: number) => LatencyFound
}

interface Part {
  readonly bins: Array<number>
  readonly histogram: Histogram.Histogram
}

const part = (): Part => ({
  bins: new Array<number>(perDecade * decades).fill(0),
  histogram: Histogram.make(),
})

/** A stretch of no time at all, or less by a clock that was set, is in the first bin. */
const record = ({ bins, histogram }: Part, us: number): void => {
  const bin = Math.floor(Math.log10(Math.max(1, us)) * perDecade)
  bins[Math.min(bin, bins.length - 1)]!++
  histogram.record(Math.max(0, us))
}

const spread = ({ histogram }: Part): Spread => ({
  count: histogram.count(),
  medianUs: histogram.quantile(0.5),
  p99Us: histogram.quantile(0.99),
  maxUs: histogram.max(),
})

export const make = (): Latency => {
  const parts: Array<{ network: Part; queueing: Part }> = []
  const all = { network: part(), queueing: part() }
  let longestWait: Wait | undefined
  const of = (machine: number) => {
    parts[machine] ??= { network: part(), queueing: part() }
    return parts[machine]!
  }
  return {
    step: ({ machine, occurredAtUs, payload }, atUs) => {
      const networkUs = payload.arrivedAtUs - (payload.heldUs ?? 0) - payload.sentAtUs
      const waitedUs = occurredAtUs - payload.arrivedAtUs
      for (const { network, queueing } of [of(machine), all]) {
        record(network, networkUs)
        record(queueing, waitedUs)
      }
      const { sender, sendVersion } = payload
      if (longestWait === undefined || waitedUs > longestWait.waitedUs)
        longestWait = { sender, sendVersion, machine, waitedUs, atUs }
    },
    finish: (machines) => {
      const each = Array.from({ length: machines }, (_, i) => of(i + 1))
      const binsOf = ({ bins }: Part) => bins.slice(0, bins.findLastIndex((count) => count > 0) + 1)
      return {
        data: {
          perDecade,
          network: each.map(({ network }) => binsOf(network)),
          queueing: each.map(({ queueing }) => binsOf(queueing)),
        },
        network: each.map(({ network }) => spread(network)),
        queueing: each.map(({ queueing }) => spread(queueing)),
        allNetwork: spread(all.network),
        allQueueing: spread(all.queueing),
        longestWait,
      }
    },
  }
}
