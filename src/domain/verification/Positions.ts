/**
 * Positions: 1, 2, 3, ... up to the head. A gap shows at the event after it, which is not at fault; the event that
 * is missing, or was moved elsewhere, becomes known when its stream lacks it, and is then named first.
 */
import { address } from "../ClockEvent.ts"
import { type Check, type Draft, runStarted } from "./Check.ts"

interface Placed {
  readonly position: number
  readonly machine: number
  readonly version: number
  /** Absent where the record cannot be read. */
  readonly occurredAtUs?: number
}

interface Gap {
  readonly from: number
  readonly to: number
  found: number
  readonly failure: Draft
}

/** Gaps that wait for what is missing there; more than this are told without it. */
const mostGaps = 64

export interface Positions {
  readonly step: (event: Placed) => void
  /** A stream that was last seen at position `after` lacks this event; whether a gap explains it. */
  readonly missing: (address: string, after: number) => boolean
  readonly position: () => number
  /** `lacking` are the events that streams seem to lack at the end of the log. */
  readonly finish: (head: number | undefined, lacking: ReadonlyArray<string>) => void
}

export const make = (check: Check<"log">): Positions => {
  let position = 0
  let gaps: Array<Gap> = []
  let last: Placed | undefined
  let beforeLastUs = 0

  /** Names what is missing from a gap, before the event that revealed it. */
  const fill = (gap: Gap, missing: ReadonlyArray<string>): void => {
    gap.failure.position = gap.from
    gap.failure.events = [
      ...gap.failure.events.slice(0, gap.found),
      ...missing,
      ...gap.failure.events.slice(gap.found),
    ]
    gap.failure.message += `; ${missing.join(" or ")} is missing there`
    gap.found++
    gaps = gaps.filter(({ from, to, found }) => found <= to - from)
  }

  const failTwice = (event: Placed): void => {
    // Of two at one place, the one whose time is farther from the events before it was moved there.
    const away = (one: Placed | undefined) => Math.abs((one?.occurredAtUs ?? 0) - beforeLastUs)
    const both = away(event) >= away(last) ? [event, last] : [last, event]
    const names = both.flatMap((one) => (one === undefined ? [] : [address(one)]))
    check.fail(
      "positions",
      names,
      `Positions must be 1, 2, 3, ...: expected ${position + 1}, found ${event.position}${event.position === position ? " twice" : ""}`,
    )
    if (gaps[0] !== undefined) fill(gaps[0], names)
  }

  const failGap = (event: Placed, expected: number): void => {
    const failure = check.fail(
      "positions",
      [address(event)],
      `Positions must be 1, 2, 3, ...: expected ${expected}, found ${event.position}`,
    )
    const gap = { from: expected, to: event.position - 1, found: 0, failure }
    if (gaps.length < mostGaps) gaps.push(gap)
    if (expected === 1) fill(gap, [runStarted])
  }

  return {
    step: (event) => {
      check.counted.positions++
      const expected = position + 1
      if (event.position > expected) failGap(event, expected)
      else if (event.position !== expected) failTwice(event)
      position = Number.isSafeInteger(event.position) ? event.position : expected
      beforeLastUs = last?.occurredAtUs ?? event.occurredAtUs ?? 0
      last = event
    },
    missing: (missing, after) => {
      const gap = gaps.find(({ from, to, found }) => to > after && found <= to - from)
      if (gap === undefined) return false
      fill(gap, [missing])
      return true
    },
    position: () => position,
    finish: (head, lacking) => {
      if (head === undefined) return
      check.counted.head++
      if (position === head) return
      const ends = last === undefined ? [] : [address(last)]
      check.fail(
        "head",
        position < head ? [...lacking.slice(0, head - position), ...ends] : ends,
        `The run's head says that the log ends at position ${head}, found its end at ${position}`,
      )
    },
  }
}
