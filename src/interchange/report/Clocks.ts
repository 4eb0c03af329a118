/** How every clock went and how far it was behind, its jumps and what caused them, and who was ahead. */
import type { AnyClockEvent, Logged } from "../../domain/ClockEvent.ts"
import type { Jump, JumpData, Series } from "./ReportData.ts"
import * as Thinned from "./Thinned.ts"

/** Jumps that are marked; more would hide each other. */
const maxMarked = 400

export interface ClocksFound {
  readonly clocks: ReadonlyArray<Series>
  readonly drift: ReadonlyArray<Series>
  readonly jumps: JumpData
  /** The largest of all; undefined if no receipt set a clock forward by more than one. */
  readonly largestJump: Jump | undefined
  /** Entry m - 1: microseconds for which machine m held the largest clock in the log, as the first to reach it. */
  readonly aheadUs: ReadonlyArray<number>
  /** The most that a clock was behind the largest so far, and where. */
  readonly farthestBehind: { readonly machine: number; readonly behind: number; readonly atUs: number }
}

export interface Clocks {
  readonly step: (event: Logged<AnyClockEvent>, atUs: number) => void
  readonly finish: (machines: number, endUs: number) => ClocksFound
  /** While more events are to come. */
  readonly soFar: (machines: number) => Pick<ClocksFound, "clocks" | "drift" | "jumps">
}

const sizeOf = ({ from, to }: Jump): number => to - from

interface Line {
  readonly clock: Thinned.Thinned
  readonly drift: Thinned.Thinned
  readonly sizes: Map<number, number>
  /** Undefined after an event that does not say it. */
  lamport: number | undefined
}

/** `isTail` where the events before are not known, and so not what the clocks came from. */
export const make = (pointsPerMachine: number, isTail = false): Clocks => {
  const lines: Array<Line> = []
  const aheadUs: Array<number> = []
  let marked: Array<Jump> = []
  let smallestMarked = 2
  let total = 0
  let largestJump: Jump | undefined
  let largest = 0
  let leader = 0
  let leadSinceUs = 0
  let farthestBehind = { machine: 0, behind: 0, atUs: 0 }

  const lineOf = (machine: number): Line => {
    lines[machine] ??= {
      clock: Thinned.make(pointsPerMachine),
      drift: Thinned.make(pointsPerMachine),
      sizes: new Map(),
      lamport: isTail ? undefined : 0,
    }
    return lines[machine]!
  }

  const mark = (jump: Jump): void => {
    total++
    if (largestJump === undefined || sizeOf(jump) > sizeOf(largestJump)) largestJump = jump
    if (sizeOf(jump) < smallestMarked) return
    marked.push(jump)
    if (marked.length < 2 * maxMarked) return
    marked = theLargest(marked)
    smallestMarked = Math.min(...marked.map(sizeOf))
  }

  const lead = (machine: number, atUs: number): void => {
    if (leader === machine) return
    aheadUs[leader] = (aheadUs[leader] ?? 0) + Math.max(0, atUs - leadSinceUs)
    leader = machine
    leadSinceUs = Math.max(leadSinceUs, atUs)
  }

  const soFar: Clocks["soFar"] = (machines) => {
    const all = Array.from({ length: machines }, (_, i) => lineOf(i + 1))
    return {
      clocks: all.map(({ clock }, i) => clock.finish(i + 1)),
      drift: all.map(({ drift }, i) => drift.finish(i + 1)),
      jumps: {
        marked: theLargest(marked),
        total,
        distribution: all.map(({ sizes }) => [...sizes].sort(([a], [b]) => a - b)),
      },
    }
  }

  return {
    step: (event, atUs) => {
      const { machine, version, lamport } = event
      const line = lineOf(machine)
      const from = line.lamport
      line.lamport = lamport ?? undefined
      if (lamport === null) return
      const size = from === undefined ? undefined : lamport - from
      if (size !== undefined) line.sizes.set(size, (line.sizes.get(size) ?? 0) + 1)
      if (event.kind === "received" && from !== undefined && lamport - from > 1) {
        const { sender, sendVersion } = event.payload
        mark({ machine, version, atUs, from, to: lamport, sender, sendVersion })
      }
      line.clock.add(atUs, lamport)
      if (lamport > largest) {
        largest = lamport
        lead(machine, atUs)
      }
      const behind = largest - lamport
      line.drift.add(atUs, behind)
      if (behind > farthestBehind.behind) farthestBehind = { machine, behind, atUs }
    },
    soFar,
    finish: (machines, endUs) => {
      lead(0, endUs)
      const all = Array.from({ length: machines }, (_, i) => lineOf(i + 1))
      return {
        ...soFar(machines),
        largestJump,
        aheadUs: all.map((_, i) => aheadUs[i + 1] ?? 0),
        farthestBehind,
      }
    },
  }
}

/** The largest jumps that are marked, in the order in which they came. */
const theLargest = (jumps: ReadonlyArray<Jump>): Array<Jump> => {
  if (jumps.length <= maxMarked) return [...jumps]
  const ranked = jumps.map((jump, i) => [jump, i] as const)
  ranked.sort(([a, i], [b, j]) => sizeOf(b) - sizeOf(a) || i - j)
  return ranked
    .slice(0, maxMarked)
    .sort(([, i], [, j]) => i - j)
    .map(([jump]) => jump)
}
