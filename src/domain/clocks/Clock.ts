/**
 * A logical clock: what a machine's stamp becomes at each of its events, and how two stamps compare. A clock is one
 * file here and one line in `Registry.ts`; `lightcone clocks` then compares it with the others over any run.
 *
 * The stamp of an event is what the machine knows after it, and what a message of that event carries. Stamps are
 * values: none is changed once it has been given. A machine's own part that no message carries (an interval tree's
 * identity) may be in the stamp as well, as long as `encode` leaves it out and `compare` does not look at it.
 */
import type { Bytes } from "./Bytes.ts"

/**
 * What a clock says of two events: that the first was before or after the second, that it does not order them, or
 * that it cannot even tell them apart.
 */
export type Order = "before" | "after" | "concurrent" | "equal"

/** Where and when an event happens, as far as its machine can know. */
export interface Moment {
  readonly machine: number
  /** Of the event in its machine's stream: no two events of a run have both the same. */
  readonly version: number
  /** What the machine's own physical clock shows: microseconds since the Unix epoch, wrong by the modelled skew. */
  readonly physicalUs: number
}

export interface Clock<Stamp = unknown> {
  /** Lowercase letters, digits and -; the name in tables, JSON and SQL. */
  readonly name: string
  /** For headings. */
  readonly title: string
  /** Who described it, where. */
  readonly source: string
  /** How the bytes of a stamp grow, in words. */
  readonly growth: string
  /** Of a machine, 1..machines, before its first event. */
  initial(machine: number, machines: number): Stamp
  local(own: Stamp, at: Moment): Stamp
  /** One event, to however many; its stamp is what every message carries. */
  send(own: Stamp, at: Moment): Stamp
  receive(own: Stamp, carried: Stamp, at: Moment): Stamp
  compare(a: Stamp, b: Stamp): Order
  /** Writes the stamp as a message would carry it; different stamps as different bytes. */
  encode(stamp: Stamp, to: Bytes): void
  /** For people. */
  show(stamp: Stamp): string
}

/** Gives a clock its type. */
export const define = <Stamp>(clock: Clock<Stamp>): Clock<Stamp> => clock

/** The order of two stamps of a partial order, told by whether each is at or below the other. */
export const orderOf = (below: boolean, above: boolean): Order =>
  below ? (above ? "equal" : "before") : above ? "after" : "concurrent"

/** The order of two numbers, which are never concurrent. */
export const orderOfNumbers = (a: number, b: number): Order => orderOf(a <= b, a >= b)
