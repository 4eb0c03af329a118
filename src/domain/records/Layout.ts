/**
 * How the verifier of records holds what it knows of machines and messages: 32-bit words side by side in one buffer, a
 * machine in two lines of the cache. Those of a 64-bit float (`...Us`) are counted in doubles.
 */

import * as Random from "../Random.ts"
import type { Setting } from "../verification/Setting.ts"
import { ticksDue } from "../verification/Setting.ts"

/** A machine; machine m begins at word `m * Machine.words`. */
export const Machine = {
  words: 32,
  version: 0,
  lamport: 1,
  /** Messages that its last event counts in its inbox; negative before it is started and after it has stopped. */
  queueLength: 2,
  rngA: 3,
  rngB: 4,
  rngC: 5,
  rngCounter: 6,
  peerA: 7,
  peerB: 8,
  ticks: 9,
  ticksDue: 10,
  rate: 11,
  phaseUs: 12,
  /** Spans of arrivals that are counted and not known yet. */
  spanFirst: 16,
  spanLast: 17,
  /** The two links that come in, one after the other. */
  links: 20,
  doubles: 16,
  /** Its last event, and the last arrival that is known. */
  lastUs: 7,
  lastArrivalUs: 9,
} as const

export const unborn = -1
export const finished = -2

/** A link, by where its first word is: its messages in flight are a list. */
export const Link = {
  words: 4,
  sender: 0,
  first: 1,
  last: 2,
  /** The message before the one that was refused last; 0 if there is none. */
  beforeRefused: 3,
} as const

/** What the pool holds: a message in flight, or a span in which so many messages arrived. Node n begins at word `n * Node.words`. */
export const Node = {
  words: 6,
  /** The next in its list, or among the nodes that are free. */
  following: 0,
  version: 1,
  lamport: 2,
  /** Of what lay in the past of the send. */
  row: 3,
  count: 1,
  doubles: 3,
  sentUs: 2,
  afterUs: 1,
  beforeUs: 2,
} as const

/** Machines before their first event, entry 0 unused. */
export const machinesOf = (setting: Setting): ArrayBuffer => {
  const { config, peers, rates, phasesUs } = setting
  const { machines, seed } = config
  const buffer = new ArrayBuffer((machines + 1) * Machine.words * 4)
  const [words, doubles] = [new Int32Array(buffer), new Float64Array(buffer)]
  const hear = (recipient: number, sender: number): void => {
    const first = recipient * Machine.words + Machine.links
    words[words[first + Link.sender] === 0 ? first : first + Link.words] = sender
  }
  for (let machine = 1; machine <= machines; machine++) {
    const rng = Random.stream(seed, Random.Purpose.roll, machine)
    const at = machine * Machine.words
    const [a, b] = [peers.a[machine]!, peers.b[machine]!]
    words[at + Machine.queueLength] = unborn
    words[at + Machine.rngA] = rng.a
    words[at + Machine.rngB] = rng.b
    words[at + Machine.rngC] = rng.c
    words[at + Machine.rngCounter] = rng.counter
    words[at + Machine.peerA] = a
    words[at + Machine.peerB] = b
    words[at + Machine.ticksDue] = ticksDue(setting, machine)
    words[at + Machine.rate] = rates[machine]!
    words[at + Machine.phaseUs] = phasesUs[machine]!
    doubles[machine * Machine.doubles + Machine.lastUs] = -1
    doubles[machine * Machine.doubles + Machine.lastArrivalUs] = -1
    if (a !== 0) hear(a, machine)
    if (b !== a) hear(b, machine)
  }
  return buffer
}
