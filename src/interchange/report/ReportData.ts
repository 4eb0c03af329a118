/**
 * What a report carries of each run for its figures: columns of numbers, so that 100,000 events are a few
 * megabytes of JSON and are read in one go. Times are microseconds since the run's start; the page that draws
 * them (web/) shares these types.
 */

/** Points of a line, in the order of time; `thinned` if only the extremes of short slices of time were kept. */
export interface Series {
  readonly machine: number
  readonly atUs: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
  readonly thinned: boolean
}

/** Events of machines 1..N in the order of the log. Entry i of every column is of event i. */
export interface EventColumns {
  readonly machine: ReadonlyArray<number>
  readonly version: ReadonlyArray<number>
  /** Index into `DiagramData.kinds`. */
  readonly kind: ReadonlyArray<number>
  readonly atUs: ReadonlyArray<number>
  /** Null where an imported log does not say it, as the next. */
  readonly lamport: ReadonlyArray<number | null>
  readonly queueLength: ReadonlyArray<number | null>
  /** Where the axis is the order of events: microseconds since the run's start by the log, null where it has no time. */
  readonly saidUs?: ReadonlyArray<number | null>
}

/** `later`: received or dropped after the last event that the diagram holds. */
export const messageStates = ["received", "dropped", "in-inbox", "in-flight", "later"] as const
export type MessageState = (typeof messageStates)[number]

/** Messages in the order of their sends in the log, those of one send in the order of its recipients. */
export interface MessageColumns {
  /** Index of the `sent` event. */
  readonly send: ReadonlyArray<number>
  readonly recipient: ReadonlyArray<number>
  /** Index of the `received` or `dropped` event, -1 if there is none. */
  readonly end: ReadonlyArray<number>
  /** When it entered the inbox, -1 where that is not known. */
  readonly arrivedUs: ReadonlyArray<number>
  /** Index into `messageStates`. */
  readonly state: ReadonlyArray<number>
}

/** What happened to the run itself: resumed, finished, a fault injected. */
export interface RunMark {
  readonly atUs: number
  readonly kind: string
}

export interface DiagramData {
  readonly kinds: ReadonlyArray<string>
  readonly events: EventColumns
  readonly messages: MessageColumns
  /** Texts that events carry, or what they are for, by index of the event; shortened. */
  readonly labels: Readonly<Record<number, string>>
  /** Of receipts, by index of the event: how the send was found in an imported log, what a delivery order held back. */
  readonly remarks: Readonly<Record<number, string>>
  /** By snapshot: the events in which machines recorded their states, as far as the columns hold them. */
  readonly cuts: Readonly<Record<number, ReadonlyArray<number>>>
  /** Entry m - 1: when machine m was up, pairs of from and to. */
  readonly lives: ReadonlyArray<ReadonlyArray<readonly [fromUs: number, toUs: number]>>
  readonly marks: ReadonlyArray<RunMark>
  /** Events of machines 1..N in the whole log; more than the columns hold if the run is longer than a diagram. */
  readonly totalEvents: number
}

/** A receipt that set the clock forward by more than one. */
export interface Jump {
  readonly machine: number
  readonly version: number
  readonly atUs: number
  readonly from: number
  readonly to: number
  /** The send that caused it; null where an imported log does not tell it. */
  readonly sender: number | null
  readonly sendVersion: number | null
}

export interface JumpData {
  /** The largest, in the order of the log. */
  readonly marked: ReadonlyArray<Jump>
  /** All with a jump above one. */
  readonly total: number
  /** Entry m - 1: [size, how many clock events of machine m], ascending. */
  readonly distribution: ReadonlyArray<ReadonlyArray<readonly [size: number, count: number]>>
}

/** How many messages took how long, in bins of equal ratio: bin b holds times from 10^(b/perDecade) us on. */
export interface LatencyData {
  readonly perDecade: number
  /** Entry m - 1, of messages that machine m received; counts by bin. */
  readonly network: ReadonlyArray<ReadonlyArray<number>>
  readonly queueing: ReadonlyArray<ReadonlyArray<number>>
}

export interface MachineData {
  readonly machine: number
  readonly name: string
  /** Ticks a second; null where an imported log does not say it. */
  readonly rate: number | null
  /** What theory lets queue and clock grow by in a second, an entry a fixed point. */
  readonly queueGrowthHz: ReadonlyArray<number>
  readonly clockRateHz: ReadonlyArray<number>
}

export interface RunData {
  readonly run: string
  readonly title: string
  /** Whether figures go by time, or by the order of the log's events; then a second stands for an event. */
  readonly axis: "time" | "order"
  /** What stands below it. */
  readonly axisTitle: string
  /** The end of the run, or of what there is of it. */
  readonly endUs: number
  /** Messages that an inbox holds. */
  readonly inboxCapacity: number
  readonly machines: ReadonlyArray<MachineData>
  readonly diagram: DiagramData
  /** Of one of two runs that are compared, by event of the diagram: 1 in the cone, 2 changed, 3 where they part. */
  readonly standing?: ReadonlyArray<number>
  readonly clocks: ReadonlyArray<Series>
  readonly drift: ReadonlyArray<Series>
  readonly queues: ReadonlyArray<Series>
  readonly jumps: JumpData
  readonly latency: LatencyData
}

/** A measure against what an experiment sweeps, one line for each of its settings. */
export interface Curve {
  readonly title: string
  readonly caption: string
  readonly axisTitle: string
  /** What is swept, as it is said, and as numbers where it is such. */
  readonly values: ReadonlyArray<string>
  readonly numbers: ReadonlyArray<number> | null
  readonly isLogarithmic: boolean
  readonly lines: ReadonlyArray<CurveLine>
}

export interface CurveLine {
  readonly name: string
  readonly points: ReadonlyArray<{
    /** Index into the values. */
    readonly at: number
    readonly mean: number
    /** The confidence interval; null of a single repetition. */
    readonly low: number | null
    readonly high: number | null
    /** Null where theory is silent. */
    readonly predicted: number | null
  }>
}

export interface ReportData {
  readonly runs: ReadonlyArray<RunData>
  readonly curves: ReadonlyArray<Curve>
}
