/**
 * What became of each machine: a fold over the events of a run in position order, in memory that grows with the
 * machines and not with the events.
 *
 * The largest queue includes arrivals, though these become known only later: between two events of a machine
 * the queue can only grow, so it was at its largest just before a taking or at an event, and both are recorded.
 */
import { type AnyEvent, type AnyMachineEvent, isRunEvent, isSecondCopy } from "./ClockEvent.ts"
import * as Histogram from "./Histogram.ts"
import * as LamportClock from "./LamportClock.ts"
import * as Setting from "./verification/Setting.ts"

export interface MachineStatistics {
  readonly machine: number
  readonly name: string
  /** Ticks a second; null where an imported log does not say it. */
  readonly rate: number | null
  /** internal + sent + received. */
  readonly ticks: number
  readonly internal: number
  readonly sent: number
  readonly received: number
  readonly dropped: number
  readonly missed: number
  /** Null where an imported log does not say it, as are the next. */
  readonly lamport: number | null
  readonly maxQueueLength: number | null
  /** The most that a receipt set the clock forward. */
  readonly largestJump: number
  /** The most that a tick was made after it was due, microseconds. */
  readonly maxLatenessUs: number
}

/** Of all ticks made, occurredAt minus due, microseconds; quantiles to within 0.4 %, the maximum exactly. */
export interface Lateness {
  readonly count: number
  readonly medianUs: number
  readonly p99Us: number
  readonly maxUs: number
}

/** What may be asked of the rows of a million machines: nobody needs all at once. */
export interface MachineRows extends Iterable<MachineStatistics> {
  readonly length: number
  readonly slice: (from: number, to: number) => ReadonlyArray<MachineStatistics>
}

export interface Statistics<Machines extends MachineRows = ReadonlyArray<MachineStatistics>> {
  readonly events: number
  /** Machines 1..N of the configuration, in order; none before the run's first event. */
  readonly machines: Machines
  readonly lateness: Lateness
}

export const latenessOf = (ticks: Histogram.Histogram): Lateness => ({
  count: ticks.count(),
  medianUs: ticks.quantile(0.5),
  p99Us: ticks.quantile(0.99),
  maxUs: ticks.max(),
})

export interface Fold {
  readonly step: (event: AnyEvent) => void
  /** What the events so far give; may be called at any time. */
  readonly finish: () => Statistics
}

type Tally = { -readonly [Key in keyof MachineStatistics]: MachineStatistics[Key] } & {
  nextTick: number
  /** The clock before the next event; undefined after one whose clock is not known. */
  clock: number | undefined
}

const tallyOf = (machine: number, name: string, rate: number | null): Tally => ({
  machine,
  name,
  rate,
  ticks: 0,
  internal: 0,
  sent: 0,
  received: 0,
  dropped: 0,
  missed: 0,
  lamport: null,
  maxQueueLength: null,
  largestJump: 0,
  maxLatenessUs: 0,
  nextTick: 0,
  clock: LamportClock.initial,
})

/** The largest that the inbox was since the machine's event before this one. */
export const peak = (event: AnyMachineEvent, capacity: number): number | null =>
  event.queueLength !== null &&
  (event.kind === "received" || (event.kind === "dropped" && event.payload.reason === "drop-oldest"))
    ? Math.min(event.queueLength + 1, capacity)
    : event.queueLength

export const make = (): Fold => {
  const lateness = Histogram.make()
  const tallies: Array<Tally> = []
  let setting: Setting.Setting | undefined
  let events = 0

  const tick = (event: AnyMachineEvent, tally: Tally): void => {
    tally.ticks++
    if (setting === undefined) return
    const late = Math.max(0, event.occurredAtUs - Setting.dueUs(setting, event.machine, tally.nextTick++))
    lateness.record(late)
    tally.maxLatenessUs = Math.max(tally.maxLatenessUs, late)
  }

  const stepMachine = (event: AnyMachineEvent, tally: Tally): void => {
    switch (event.kind) {
      case "internal":
      case "sent":
      case "received":
        tick(event, tally)
        tally[event.kind]++
        break
      case "dropped":
        if (!isSecondCopy(event)) tally.dropped++
        break
      case "missed":
        tally.missed += event.payload.count
        tally.nextTick = event.payload.first + event.payload.count
        break
    }
    if (event.kind === "received" && event.lamport !== null && tally.clock !== undefined)
      tally.largestJump = Math.max(tally.largestJump, event.lamport - tally.clock)
    tally.clock = event.lamport ?? undefined
    tally.lamport = event.lamport
    const longest = peak(event, setting?.config.capacity ?? Number.MAX_SAFE_INTEGER)
    if (longest !== null) tally.maxQueueLength = Math.max(tally.maxQueueLength ?? 0, longest)
  }

  return {
    step: (event) => {
      events++
      if (event.kind === "run-started" && setting === undefined) {
        setting = Setting.make(event.payload, event.occurredAtUs)
        for (let machine = 1; machine <= event.payload.machines; machine++)
          tallies.push(tallyOf(machine, String(machine), setting.rates[machine]!))
      }
      if (setting !== undefined) Setting.step(setting, event)
      if (event.kind === "run-imported")
        event.payload.names.forEach((name, i) => {
          tallies.push(tallyOf(i + 1, name, null))
        })
      if (isRunEvent(event)) return
      const tally = tallies[event.machine - 1]
      if (tally !== undefined) stepMachine(event, tally)
    },
    finish: () => ({
      events,
      machines: tallies.map(({ nextTick: _, clock: __, ...machine }) => machine),
      lateness: latenessOf(lateness),
    }),
  }
}
