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
