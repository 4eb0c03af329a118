/**
 * What set the clock of an event, back to L = 1.
 *
 * By Lamport's rules every clock event has a cause whose clock is one lower: the event before it on its machine,
 * or the send that it receives. Followed back, the causes make a chain of exactly L events, and no longer one
 * ends there: the clock is its length. The chain changes machines at the jumps, receipts of a clock above the
 * machine's own; where both are equal the machine's own is followed, for then nothing jumped.
 *
 * It is walked backwards, a machine's stream at a time, so that only what lies on it is read: `wanted` says
 * which event comes next, and whoever has the streams gives it to `step`.
 */
import {
  type AnyClockEvent,
  type AnyMachineEvent,
  address,
  isClockEvent,
  type Logged,
} from "../ClockEvent.ts"
import * as LamportClock from "../LamportClock.ts"
import { type Address, type Clocked, pointOf, same } from "./Address.ts"

/** A receipt of a clock above the machine's own. */
export interface Jump {
  /** The machine's clock before the receipt. */
  readonly own: number
  readonly send: Clocked
}

/** Consecutive clock events of one machine, each the cause of the next. */
export interface Leg {
  readonly first: Clocked
  readonly last: Clocked
  /** How the first came about; undefined where it is the machine's first event of all, or was not reached. */
  readonly jump: Jump | undefined
}

/** Both clocks of which an event's own is one more than the larger. */
export interface Setting {
  /** The machine's clock before the event. */
  readonly own: number
  /** The send that a receipt names. */
  readonly send: Clocked | undefined
}

export interface Chain {
  readonly event: ClockedEvent
  readonly setBy: Setting
  /** The latest first. */
  readonly legs: ReadonlyArray<Leg>
  /** Whether the last leg begins at L = 1; otherwise there were more than were asked for. */
  readonly complete: boolean
}

export interface Walk {
  /** The event to be given next; undefined when the chain is known, or the record contradicts itself. */
  readonly wanted: () => Address | undefined
  readonly step: (event: Logged<AnyMachineEvent>) => void
  /** What the record has wrong, in words. */
  readonly problem: () => string | undefined
  /** Whether it is known what set the clock. */
  readonly isSettled: () => boolean
  /** Once nothing is wanted and what set the clock is known: all of the chain, or what there is before a problem. */
  readonly finish: () => Chain
}

type ClockedEvent = Logged<AnyClockEvent> & { readonly lamport: number }

/** The send that an event receives, with its clock; undefined also where an imported log does not tell it. */
const sendOf = ({ kind, payload }: AnyClockEvent): Clocked | undefined =>
  kind === "received" && payload.sendVersion !== null && payload.senderLamport !== null
    ? { machine: payload.sender, version: payload.sendVersion, lamport: payload.senderLamport }
    : undefined

export const walk = (origin: Address, maxLegs: number): Walk => {
  const legs: Array<Leg> = []
  let asked: ClockedEvent | undefined
  let setBy: Setting | undefined
  let wanted: Address | undefined = origin
  let problem: string | undefined
  /** The send that the leg ends in; at first nothing is known of the event that was asked for. */
  let awaited: Clocked | undefined
  /** The leg's last event, once it has been given. */
  let last: Clocked | undefined
  /** The leg's first event so far, as long as the machine's clock before it is not known. */
  let first: ClockedEvent | undefined

  const contradict = (what: string): void => {
    problem = what
    wanted = undefined
  }

  const endLeg = (begin: Clocked, jump: Jump | undefined): void => {
    legs.push({ first: pointOf(begin), last: last!, jump })
    awaited = jump?.send
    wanted = legs.length < maxLegs ? awaited : undefined
    first = undefined
    last = undefined
  }

  const settle = (event: ClockedEvent, own: number): void => {
    const send = sendOf(event)
    setBy ??= { own, send }
    const clock = send === undefined ? LamportClock.tick(own) : LamportClock.receive(own, send.lamport)
    if (event.lamport > clock && event.kind === "received" && send === undefined)
      contradict(
        `the message that set the clock of ${address(event)} must be known, found a receipt of which this log does not tell the send, or its clock`,
      )
    else if (event.lamport !== clock)
      contradict(`the clock of ${address(event)} must be ${clock}, found ${event.lamport}`)
    else if (send !== undefined && send.lamport > own) endLeg(event, { own, send })
    else if (own === LamportClock.initial) endLeg(event, undefined)
  }

  const isClocked = (event: Logged<AnyMachineEvent>): event is ClockedEvent =>
    isClockEvent(event) && event.lamport !== null

  const begin = (event: Logged<AnyMachineEvent>): void => {
    const isAwaited =
      awaited === undefined ? isClockEvent(event) : event.kind === "sent" && event.lamport === awaited.lamport
    if (!isAwaited || !isClocked(event)) {
      const what =
        awaited === undefined
          ? "a clock event with a clock"
          : `the send of a message with clock ${awaited.lamport}`
      contradict(`${address(event)} must be ${what}, found ${event.kind} with clock ${event.lamport}`)
      return
    }
    asked ??= event
    last = pointOf(event)
    first = event
  }

  /** Any event tells the machine's clock before the next; only clock events are causes. */
  const goBack = (event: Logged<AnyMachineEvent>): void => {
    if (event.lamport === null) {
      contradict(`${address(event)} must have a clock, found none`)
      return
    }
    if (first !== undefined) settle(first, event.lamport)
    if (last !== undefined) first = isClocked(event) ? event : undefined
  }

  /** A stream that begins with a clock event; the clock was 0 before. */
  const reachBeginning = (event: Logged<AnyMachineEvent>): void => {
    if (first !== undefined) settle(first, LamportClock.initial)
    else contradict(`the clock of ${address(event)} must be 0, found ${event.lamport}`)
  }

  const step = (event: Logged<AnyMachineEvent>): void => {
    if (wanted === undefined || !same(event, wanted))
      throw new Error(`A chain was given ${address(event)}, which it did not want`)
    if (last === undefined) begin(event)
    else goBack(event)
    // The leg has ended, or cannot go on.
    if (last === undefined || problem !== undefined) return
    const version = event.version - 1
    wanted = version > 0 ? { machine: event.machine, version } : undefined
    if (wanted === undefined) reachBeginning(event)
  }

  const isComplete = (): boolean => legs.length > 0 && legs[legs.length - 1]!.jump === undefined

  return {
    wanted: () => wanted,
    step,
    problem: () => problem,
    isSettled: () => setBy !== undefined,
    finish: () => ({ event: asked!, setBy: setBy!, legs, complete: isComplete() }),
  }
}
