/** What an experiment measures of each run: a fold over its events in position order, a few numbers a machine. */
import { isClockEvent, type LabEvent } from "../ClockEvent.ts"
import * as Statistics from "../Statistics.ts"

export interface Measured {
  /** Ticks a second; null of the run as a whole. */
  readonly rate: number | null
  /** The logical clock at the end; of the run, the largest. */
  readonly clock: number
  /** That clock by the seconds of the schedule. */
  readonly clockRate: number
  /** The most that a receipt set the clock forward. */
  readonly largestJump: number
  /** Messages that were taken. */
  readonly messages: number
  /** The mean over receipts of what they set the clock forward; null without receipts. */
  readonly meanJump: number | null
  readonly largestQueue: number
  /** The mean over receipts of the time from arrival to taking, milliseconds; null without receipts. */
  readonly meanWaitMs: number | null
  /** The most that the clock was behind the largest in the log so far. */
  readonly largestBehind: number
}

export type Measure = keyof Measured

export const measures: Readonly<Record<Measure, string>> = {
  rate: "rate, ticks a second",
  clock: "clock at the end",
  clockRate: "clock rate, 1/s",
  messages: "messages taken",
  largestJump: "largest jump",
  meanJump: "mean jump at a receipt",
  largestQueue: "largest queue",
  meanWaitMs: "mean wait in the queue, ms",
  largestBehind: "largest drift (behind the largest clock)",
}

export const names = Object.keys(measures) as ReadonlyArray<Measure>

export interface RunMeasures {
  readonly all: Measured
  /** Machines 1..N, in order. */
  readonly machines: ReadonlyArray<Measured>
}

interface Tally {
  lamport: number
  receipts: number
  jumpSum: number
  waitSumUs: number
  largestBehind: number
}

const noTally = (): Tally => ({ lamport: 0, receipts: 0, jumpSum: 0, waitSumUs: 0, largestBehind: 0 })

const ratio = (sum: number, count: number): number | null => (count === 0 ? null : sum / count)

export interface Fold {
  readonly step: (event: LabEvent) => void
  readonly finish: () => RunMeasures
}

const over = (tallies: ReadonlyArray<Tally>): Tally =>
  tallies.reduce(
    (all, tally) => ({
      lamport: Math.max(all.lamport, tally.lamport),
      receipts: all.receipts + tally.receipts,
      jumpSum: all.jumpSum + tally.jumpSum,
      waitSumUs: all.waitSumUs + tally.waitSumUs,
      largestBehind: Math.max(all.largestBehind, tally.largestBehind),
    }),
    noTally(),
  )

type Known = Pick<Measured, "rate" | "largestJump" | "largestQueue">

const measured = (tally: Tally, known: Known, durationUs: number): Measured => ({
  rate: known.rate,
  clock: tally.lamport,
  clockRate: durationUs === 0 ? 0 : (tally.lamport * 1_000_000) / durationUs,
  messages: tally.receipts,
  largestJump: known.largestJump,
  meanJump: ratio(tally.jumpSum, tally.receipts),
  largestQueue: known.largestQueue,
  meanWaitMs: ratio(tally.waitSumUs / 1_000, tally.receipts),
  largestBehind: tally.largestBehind,
})

export const make = (): Fold => {
  const statistics = Statistics.make()
  const tallies: Array<Tally> = []
  let durationUs = 0
  let largest = 0

  const stepMachine = (event: LabEvent, tally: Tally): void => {
    if (!isClockEvent(event)) return
    if (event.kind === "received") {
      tally.receipts++
      tally.jumpSum += event.lamport - tally.lamport
      tally.waitSumUs += event.occurredAtUs - event.payload.arrivedAtUs
    }
    tally.lamport = event.lamport
    largest = Math.max(largest, event.lamport)
    tally.largestBehind = Math.max(tally.largestBehind, largest - event.lamport)
  }

  return {
    step: (event) => {
      statistics.step(event)
      if (event.kind === "run-started" && tallies.length === 0) {
        durationUs = event.payload.durationUs
        for (let machine = 1; machine <= event.payload.machines; machine++) tallies.push(noTally())
      }
      const tally = tallies[event.machine - 1]
      if (tally !== undefined) stepMachine(event, tally)
    },
    finish: () => {
      const machines = statistics.finish().machines
      const most = (of: (machine: (typeof machines)[number]) => number) =>
        machines.reduce((most, machine) => Math.max(most, of(machine)), 0)
      const all = {
        rate: null,
        largestJump: most((machine) => machine.largestJump),
        largestQueue: most((machine) => machine.maxQueueLength ?? 0),
      }
      return {
        all: measured(over(tallies), all, durationUs),
        machines: machines.map(({ rate, largestJump, maxQueueLength }, i) =>
          measured(tallies[i]!, { rate, largestJump, largestQueue: maxQueueLength ?? 0 }, durationUs),
        ),
      }
    },
  }
}
