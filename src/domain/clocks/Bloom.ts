/**
 * Ramabaja 2019, "The Bloom Clock" (arXiv 1905.13064): a counting Bloom filter of the events in one's past. Every event
 * adds one to the `hashes` counters that its name is hashed to; a receipt first takes the larger of each counter. If a
 * happened before b then a's filter is at or below b's. The other way it holds but for false positives: of concurrent
 * events one filter may be at or below the other because the counters happen to cover it.
 */
import * as Clock from "./Clock.ts"

export type Filter = ReadonlyArray<number>

export const counters = 32
export const hashes = 3

/** The finalizer of MurmurHash3 (Appleby), which maps 32 bits to 32 bits and lets each depend on all. */
const mixed = (word: number): number => {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Adds an event, whose name is its address. */
const added = (filter: Array<number>, { machine, version }: Clock.Moment): Filter => {
  for (let hash = 1; hash <= hashes; hash++)
    filter[mixed(mixed(mixed(hash) ^ machine) ^ version) % counters]!++
  return filter
}

const isBelow = (a: Filter, b: Filter): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i]! > b[i]!) return false
  return true
}

/** By number up to `most`, the chance of so many of a Poisson variable of this mean. */
const poisson = (mean: number, most: number): ReadonlyArray<number> => {
  const chances = [Math.exp(-mean)]
  for (let k = 1; k <= most; k++) chances.push((chances[k - 1]! * mean) / k)
  return chances
}

/** By number up to `most`, the chance that so many or more of `additions` fall on one counter. */
const onOneCounter = (additions: number, most: number): ReadonlyArray<number> => {
  const rate = 1 / counters
  let chance = (1 - rate) ** additions
  let fewer = 0
  return Array.from({ length: most + 1 }, (_, k) => {
    const atLeast = Math.max(0, 1 - fewer)
    fewer += chance
    chance *= ((additions - k) * rate) / ((k + 1) * (1 - rate))
    return atLeast
  })
}

/** The product of two polynomials, up to the degree that both have. */
const product = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): ReadonlyArray<number> =>
  a.map((_, degree) => {
    let sum = 0
    for (let k = 0; k <= degree; k++) sum += a[k]! * b[degree - k]!
    return sum
  })

const power = (a: ReadonlyArray<number>, exponent: number): ReadonlyArray<number> => {
  if (exponent === 1) return a
  const half = power(a, exponent >> 1)
  const even = product(half, half)
  return (exponent & 1) === 0 ? even : product(even, a)
}

/**
 * The chance that a filter is at or below another by accident, where since what both know of `own` ones have been
 * added to its counters and `others` to the other's: as Kshemkalyani and Misra 2020, "The Bloom Clock to Characterize
 * Causality in Distributed Systems", a counter of height k is covered with the binomial chance of k or more there; here
 * over all ways in which `own` ones fall. The other's counters are taken as independent, which they are but for their sum.
 */
export const falsePositives = (own: number, others: number): number => {
  if (own > others) return 0
  const atLeast = onOneCounter(others, own)
  const one = poisson(own / counters, own).map((chance, k) => chance * atLeast[k]!)
  // Given that all counters together have what was added.
  return power(one, counters)[own]! / poisson(own, own)[own]!
}

/**
 * Ramabaja's own figure, from the sums of both filters: that each addition to the first falls on a counter that the
 * second has not at 0. It knows neither heights nor that both hold the same past, so of a long run it says nearly 1.
 */
export const falsePositivesBySums = (sum: number, otherSum: number): number =>
  (1 - (1 - 1 / counters) ** otherSum) ** sum

export const bloom = Clock.define<Filter>({
  name: "bloom",
  title: "Bloom",
  source: "Ramabaja 2019",
  growth: `${counters} counters, whatever the machines`,
  initial: () => new Array<number>(counters).fill(0),
  local: (own, at) => added(own.slice(), at),
  send: (own, at) => added(own.slice(), at),
  receive: (own, carried, at) => {
    const larger = own.slice()
    for (let i = 0; i < larger.length; i++) if (larger[i]! < carried[i]!) larger[i] = carried[i]!
    return added(larger, at)
  },
  compare: (a, b) => Clock.orderOf(isBelow(a, b), isBelow(b, a)),
  /** As the paper shortens it: the smallest counter, and by how much each is above it. */
  encode: (stamp, to) => {
    const base = stamp.reduce((smallest, counter) => Math.min(smallest, counter))
    to.varint(base)
    for (const counter of stamp) to.varint(counter - base)
  },
  show: (stamp) => `[${stamp.join(" ")}]`,
})
