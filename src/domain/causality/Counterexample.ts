/**
 * The smallest counterexample to "a smaller clock happened before": of all pairs of concurrent events with
 * different clocks the one whose later event stands earliest in the log, so that no shorter beginning of the
 * log holds one; of those the one whose other event stands earliest.
 *
 * No vector clocks are needed to find it, however many machines there are. As long as there is none, any two
 * events with different clocks are ordered, so the clocks sort the log into layers of equal clocks, each layer
 * wholly before the next. For the next event e let p be its machine's last event and s the send that it
 * receives. Then L(e) - 1 is the larger of their clocks, and f happened before e if and only if f is p or s, or
 * in a layer below one of theirs. So the events concurrent with e are those with a clock of L(e) - 1 or more,
 * other than p and s; and the first time that one of them has another clock than e is found by looking at the
 * two highest layers, of which three members are enough to say whether there is one beside p and s.
 *
 * Which of them stands earliest is told by a second reading of the beginning, so nothing is kept but each
 * machine's last event and those layers.
 */
import { type AnyClockEvent, isClockEvent, type Logged, type Recorded } from "../ClockEvent.ts"
import { type Address, type Point, pointOf, same } from "./Address.ts"

/** The event that makes the log refute the claim, and how to know the one to pair it with. */
export interface Refuting {
  readonly event: Clocked
  /** The events that it follows directly: its machine's last, and the send that it receives. */
  readonly causes: ReadonlyArray<Address>
}

export interface Search {
  /** Takes the next event of the log from its first; answers once there is a counterexample. */
  readonly step: (event: Recorded) => Refuting | undefined
  /** Clock events taken. */
  readonly examined: () => number
}

/** A clock event whose clock is known, as that of an imported one need not be. */
export type Clocked = Logged<AnyClockEvent> & { readonly lamport: number }

const isClocked = (event: Recorded): event is Clocked => isClockEvent(event) && event.lamport !== null

interface Layer {
  readonly lamport: number
  /** The first few: one more than an event has causes. */
  readonly members: Array<Point>
}

const membersKept = 3

const causesOf = (event: AnyClockEvent, own: Point | undefined): ReadonlyArray<Address> => {
  const causes: Array<Address> = own === undefined ? [] : [own]
  if (event.kind === "received" && event.payload.sendVersion !== null)
    causes.push({ machine: event.payload.sender, version: event.payload.sendVersion })
  return causes
}

const isAmong = (addresses: ReadonlyArray<Address>, event: Address): boolean =>
  addresses.some((address) => same(address, event))

export const search = (): Search => {
  const lasts = new Map<number, Point>()
  let below: Layer = { lamport: -1, members: [] }
  let top: Layer = { lamport: 0, members: [] }
  let examined = 0

  /** A layer above the event's holds nothing that came before it, and so none of its causes. */
  const isRefuting = ({ event, causes }: Refuting): boolean => {
    const layer = top.lamport === event.lamport ? below : top
    return layer.members.some((member) => !isAmong(causes, member))
  }

  const enter = (event: Clocked): void => {
    if (event.lamport > top.lamport) {
      below = top
      top = { lamport: event.lamport, members: [] }
    }
    if (top.members.length < membersKept) top.members.push(pointOf(event))
  }

  return {
    step: (event) => {
      if (!isClocked(event)) return undefined
      examined++
      const found = { event, causes: causesOf(event, lasts.get(event.machine)) }
      if (isRefuting(found)) return found
      enter(event)
      lasts.set(event.machine, pointOf(event))
      return undefined
    },
    examined: () => examined,
  }
}

/** Whether an event is concurrent with the refuting one and has another clock, if it stands before it in the log. */
export const isOther = ({ event, causes }: Refuting, other: Recorded): other is Clocked =>
  isClocked(other) &&
  other.lamport >= event.lamport - 1 &&
  other.lamport !== event.lamport &&
  !isAmong(causes, other)

/** Both, the smaller clock first. */
export const pair = ({ event }: Refuting, other: Clocked): readonly [smaller: Clocked, larger: Clocked] =>
  other.lamport < event.lamport ? [other, event] : [event, other]
