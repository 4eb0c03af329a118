/**
 * Kulkarni, Demirbas, Madappa, Avva and Leone 2014, "Logical Physical Clocks" (OPODIS), figure 5: the largest physical
 * time `l` that an event knows of, and a counter `c` of events that know of no larger one. If a happened before
 * b then (l, c) of a is below that of b, as with Lamport's clock, and l is never before the event's own physical
 * clock, nor after it by more than those clocks differ.
 *
 * The paper packs both into the 64 bits of NTP by rounding l up to 16 microseconds or so; here l keeps its microseconds.
 */
import * as Clock from "./Clock.ts"

export interface Hybrid {
  /** Microseconds since the Unix epoch. */
  readonly l: number
  readonly c: number
}

const step = (own: Hybrid, { physicalUs }: Clock.Moment): Hybrid =>
  physicalUs > own.l ? { l: physicalUs, c: 0 } : { l: own.l, c: own.c + 1 }

const receive = (own: Hybrid, carried: Hybrid, { physicalUs }: Clock.Moment): Hybrid => {
  const l = Math.max(own.l, carried.l, physicalUs)
  if (l === own.l && l === carried.l) return { l, c: Math.max(own.c, carried.c) + 1 }
  if (l === own.l) return { l, c: own.c + 1 }
  if (l === carried.l) return { l, c: carried.c + 1 }
  return { l, c: 0 }
}

export const hybridLogical = Clock.define<Hybrid>({
  name: "hybrid-logical",
  title: "Hybrid logical",
  source: "Kulkarni et al. 2014",
  growth: "two numbers, whatever the machines",
  initial: () => ({ l: 0, c: 0 }),
  local: step,
  send: step,
  receive,
  compare: (a, b) => Clock.orderOfNumbers(a.l === b.l ? a.c : a.l, a.l === b.l ? b.c : b.l),
  encode: ({ l, c }, to) => {
    to.varint(l)
    to.varint(c)
  },
  show: ({ l, c }) => `${l}+${c}`,
})
