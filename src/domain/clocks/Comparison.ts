/**
 * Clocks compared over one execution: each stamps the very same events, and what its stamps cost and what its order
 * says is measured. Memory is bounded by machines, messages in flight and the anchors of the sample (`Pairs`).
 */
import * as Beginning from "../Beginning.ts"
import type { Recorded } from "../ClockEvent.ts"
import * as Limits from "../Limits.ts"
import * as Random from "../Random.ts"
import { Bytes } from "./Bytes.ts"
import type { Clock } from "./Clock.ts"
import * as Execution from "./Execution.ts"
import { type Kind, Pairs, type Sampling, type Share } from "./Pairs.ts"
import * as PhysicalClocks from "./PhysicalClocks.ts"

export interface Options {
  readonly clocks: ReadonlyArray<Clock>
  readonly machines: number
  /** Events of the log at most. */
  readonly head: number
  /** Up to so many events all pairs are compared (default: `Limits.maxEventsComparedInPairs`). */
  readonly allPairsUpTo?: number
  /** Draws the sample, and the physical clocks. */
  readonly seed: number
  /** By how much two machines' physical clocks differ at most, microseconds. */
  readonly skewUs: number
  /** Whether the log's times are times, and not its order. */
  readonly hasTimes: boolean
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Hears of stamps in the order of the log: of every event one from each clock, with its bytes. */
  readonly onStamps?: (
    steps: ReadonlyArray<Execution.Step>,
    clock: number,
    stamps: ReadonlyArray<Stamped>,
  ) => void
}

export interface Stamped {
  readonly stamp: unknown
  readonly bytes: number
}

export interface ClockMeasured {
  readonly clock: Clock
  readonly meanBytes: number
  readonly largestBytes: number
  /** Of the concurrent pairs, those that it orders. */
  readonly falseOrder: Share
  /** Of the concurrent pairs, those that it orders against their times; undefined where there are no times. */
  readonly inverted: Share | undefined
  /** Of the causal pairs, those that it leaves unordered, and those that it orders the wrong way around. */
  readonly unordered: Share
  readonly reversed: Share
  /** To stamp an event: the median over stretches of the log; encoding and comparing not counted. 0 without events. */
  readonly nsPerStamp: number
}

export interface Compared {
  readonly clockEvents: number
  /** Receipts whose send the log does not tell. */
  readonly strays: number
  /** Of a sample; undefined where all pairs were compared. */
  readonly sample:
    | { readonly seed: number; readonly anchors: number; readonly pairsOfAnchor: number }
    | undefined
  readonly concurrent: Kind
  readonly causal: Kind
  readonly clocks: ReadonlyArray<ClockMeasured>
}

export interface Comparison {
  /** Takes the next event of the log. */
  readonly step: (event: Recorded) => void
  /** To be called once. */
  readonly finish: () => Compared
}

/** Where nobody chooses. */
export const defaults = { seed: 1, skewUs: 10_000 } as const

/** How many machines the run has that begins with this event; undefined if it does not say. */
export const machinesOf = (event: Recorded): number | undefined =>
  event.kind === "run-imported" ? event.payload.machines : Beginning.of([event])?.config.machines

const warmUpRounds = 8

/** Streams of `Purpose.clocks` that machines do not have. */
const sampleStream = 0

const samplingOf = ({ seed, head, allPairsUpTo = Limits.maxEventsComparedInPairs }: Options): Sampling => {
  const draw = Random.draws(seed, Random.Purpose.clocks, sampleStream)
  if (head <= allPairsUpTo) return { anchors: undefined, most: head, pairs: Number.POSITIVE_INFINITY, draw }
  const anchors = new Set<number>()
  while (anchors.size < Limits.clockAnchors)
    anchors.add(1 + Math.floor(((draw() + draw() / 0x1_0000_0000) / 0x1_0000_0000) * head))
  return { anchors, most: anchors.size, pairs: Limits.pairsOfClockAnchor, draw }
}

interface Running {
  readonly clock: Clock
  readonly stamping: Execution.Stamping<unknown>
  readonly anchors: Array<unknown>
  stamps: Array<Stamped>
  totalBytes: number
  largestBytes: number
  readonly nsPerStamp: Array<number>
}

export const make = (options: Options): Comparison => {
  const { clocks, machines, seed, skewUs, now } = options
  const execution = Execution.make(machines, PhysicalClocks.make(seed, skewUs))
  const sampling = samplingOf(options)
  const pairs = new Pairs(machines, clocks.length, sampling)
  const bytes = new Bytes()
  const running = clocks.map(
    (clock): Running => ({
      clock,
      stamping: new Execution.Stamping(clock, machines),
      anchors: [],
      stamps: [],
      totalBytes: 0,
      largestBytes: 0,
      nsPerStamp: [],
    }),
  )
  let clockEvents = 0
  let steps: Array<Execution.Step> = []

  const stamp = (one: Running): void => {
    const begun = now()
    const stamps = steps.map((step) => one.stamping.step(step))
    if (steps.length > 0) one.nsPerStamp.push(((now() - begun) * 1e6) / steps.length)
    one.stamps = stamps.map((given) => {
      bytes.clear()
      one.clock.encode(given, bytes)
      one.totalBytes += bytes.length
      one.largestBytes = Math.max(one.largestBytes, bytes.length)
      return { stamp: given, bytes: bytes.length }
    })
  }

  /** By other stampings of the first events, so that no time is measured in which the program is still slow. */
  const warmUp = (): void => {
    for (const clock of clocks)
      for (let round = 0; round < warmUpRounds; round++) {
        const stamping = new Execution.Stamping(clock, machines)
        for (const step of steps) stamping.step(step)
      }
  }

  const flush = (): void => {
    if (clockEvents === 0) warmUp()
    for (const [i, one] of running.entries()) {
      stamp(one)
      options.onStamps?.(steps, i, one.stamps)
    }
    for (const [i, step] of steps.entries()) {
      const isAnchor = pairs.step(step, (clock, anchor) => {
        const { clock: by, anchors, stamps } = running[clock]!
        return by.compare(anchors[anchor], stamps[i]!.stamp)
      })
      if (isAnchor) for (const one of running) one.anchors.push(one.stamps[i]!.stamp)
    }
    clockEvents += steps.length
    steps = []
  }

  return {
    step: (event) => {
      const step = execution.step(event)
      if (step === undefined) return
      steps.push(step)
      if (steps.length === Limits.eventsStampedAtOnce) flush()
    },
    finish: () => {
      flush()
      return {
        clockEvents,
        strays: execution.strays(),
        sample:
          sampling.anchors === undefined
            ? undefined
            : { seed, anchors: pairs.anchors, pairsOfAnchor: sampling.pairs },
        concurrent: pairs.concurrentPairs(),
        causal: pairs.causalPairs(),
        clocks: running.map(({ clock, totalBytes, largestBytes, nsPerStamp }, i) => ({
          clock,
          meanBytes: clockEvents === 0 ? 0 : totalBytes / clockEvents,
          largestBytes,
          falseOrder: pairs.falselyOrdered(i),
          inverted: options.hasTimes ? pairs.inverted(i) : undefined,
          unordered: pairs.unordered(i),
          reversed: pairs.reversed(i),
          nsPerStamp: nsPerStamp.sort((a, b) => a - b)[nsPerStamp.length >> 1] ?? 0,
        })),
      }
    },
  }
}
