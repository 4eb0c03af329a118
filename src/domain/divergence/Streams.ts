/**
 * A run's clock events by machine and number: the n-th of its machine, from 0, whatever stands between them. Versions
 * would not do: a message that is dropped is an event more of its recipient, outside happened-before, and would make
 * all that follows it another.
 */
import { type AnyClockEvent, isClockEvent, isRunEvent, type Logged, type Recorded } from "../ClockEvent.ts"

export interface Log {
  readonly events: ReadonlyArray<Recorded>
  /** Microseconds since the epoch. */
  readonly startUs: number
}

export type Clocked = Logged<AnyClockEvent>

export interface Streams {
  readonly startUs: number
  /** Entry m - 1: of machine m. */
  readonly clocked: ReadonlyArray<ReadonlyArray<Clocked>>
  /** The other events of machines, and faults. */
  readonly others: ReadonlyArray<Recorded>
  /** All in the order of the log. */
  readonly inOrder: ReadonlyArray<Clocked>
  /** The number of the machine's clock event of this version; undefined if there is no such. */
  readonly numberOf: (machine: number, version: number) => number | undefined
}

export const of = ({ events, startUs }: Log): Streams => {
  const clocked: Array<Array<Clocked>> = []
  const numbers: Array<Array<number | undefined>> = []
  const others: Array<Recorded> = []
  const inOrder: Array<Clocked> = []
  for (const event of events) {
    if (event.machine > 0) {
      while (clocked.length < event.machine) {
        clocked.push([])
        numbers.push([])
      }
    }
    if (!isClockEvent(event)) {
      if (!isRunEvent(event) || event.kind === "fault-injected") others.push(event)
      continue
    }
    numbers[event.machine - 1]![event.version] = clocked[event.machine - 1]!.push(event) - 1
    inOrder.push(event)
  }
  return {
    startUs,
    clocked,
    others,
    inOrder,
    numberOf: (machine, version) => numbers[machine - 1]?.[version],
  }
}
