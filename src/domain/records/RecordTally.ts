/**
 * What became of each machine, as the verifier of records has counted it: the numbers of `Statistics` and of what stands
 * beside the prediction, in columns. A property test holds it to those two.
 */
import type { Measured } from "../prediction/Measured.ts"
import * as Random from "../Random.ts"
import { type Lateness, latenessOf, type MachineRows, type MachineStatistics } from "../Statistics.ts"
import type { LateTicks } from "./LateTicks.ts"
import * as Link from "./layout/Link.ts"
import * as Machine from "./layout/Machine.ts"
import * as Tally from "./layout/Tally.ts"

/** Plain data, to be handed from one thread to another. */
export interface Tallied {
  readonly words: Int32Array
  readonly lateness: Lateness
}

/** From the words of so many machines that have stopped, `waiting` saying how many messages are in flight on a link. */
export const of = (
  machine32: Int32Array,
  machines: number,
  lateTicks: LateTicks,
  waiting: (link: number) => number,
): Tallied => {
  const words = new Int32Array((machines + 1) * Tally.words)
  const doubles = new Float64Array(words.buffer)
  let ticks = 0
  for (let machine = 1; machine <= machines; machine++) {
    const m = machine << Machine.shift
    const one = m + Machine.links
    const two = one + Link.words
    const at = machine * Tally.words
    const made = machine32[m + Machine.ticks]!
    const rolls = machine32[m + Machine.rngCounter]! - Random.firstCounter
    const received = made - rolls
    const left = Machine.finished - machine32[m + Machine.queueLength]!
    ticks += made
    words[at + Tally.rate] = machine32[m + Machine.rate]!
    words[at + Tally.internal] = rolls - machine32[m + Machine.sent]!
    words[at + Tally.sent] = machine32[m + Machine.sent]!
    words[at + Tally.received] = received
    // What has a version and is neither its beginning nor its end nor a tick.
    const dropped = machine32[m + Machine.version]! - 2 - made
    words[at + Tally.dropped] = dropped
    words[at + Tally.lamport] = machine32[m + Machine.lamport]!
    words[at + Tally.maxQueueLength] = machine32[m + Machine.maxQueueLength]!
    words[at + Tally.largestJump] = machine32[m + Machine.largestJump]!
    words[at + Tally.addressed] = received + dropped + left + waiting(one) + waiting(two)
    words[at + Tally.senderOne] = machine32[one + Link.sender]!
    words[at + Tally.senderTwo] = machine32[two + Link.sender]!
    words[at + Tally.aheadOne] = machine32[one + Link.ahead]!
    words[at + Tally.aheadTwo] = machine32[two + Link.ahead]!
  }
  const { all, mostUs } = lateTicks.finish(ticks)
  for (let machine = 1; machine <= machines; machine++)
    doubles[machine * Tally.doubles + Tally.maxLatenessUs] = mostUs[machine]!
  return { words, lateness: latenessOf(all) }
}

const machinesIn = ({ words }: Tallied): number => words.length / Tally.words - 1

const statisticsOf = ({ words }: Tallied, doubles: Float64Array, machine: number): MachineStatistics => {
  const at = machine * Tally.words
  const of = (what: number): number => words[at + what]!
  return {
    machine,
    name: String(machine),
    rate: of(Tally.rate),
    ticks: of(Tally.internal) + of(Tally.sent) + of(Tally.received),
    internal: of(Tally.internal),
    sent: of(Tally.sent),
    received: of(Tally.received),
    dropped: of(Tally.dropped),
    missed: 0,
    lamport: of(Tally.lamport),
    maxQueueLength: of(Tally.maxQueueLength),
    largestJump: of(Tally.largestJump),
    maxLatenessUs: doubles[machine * Tally.doubles + Tally.maxLatenessUs]!,
  }
}

/** Every machine's numbers, each made when it is asked for: there may be a million. */
export const machines = (tallied: Tallied): MachineRows => {
  const doubles = new Float64Array(tallied.words.buffer)
  const length = machinesIn(tallied)
  function* rows(from: number, to: number) {
    for (let machine = from + 1; machine <= to; machine++) yield statisticsOf(tallied, doubles, machine)
  }
  return {
    length,
    slice: (from, to) => [...rows(from, Math.min(to, length))],
    [Symbol.iterator]: () => rows(0, length),
  }
}

/** What stands beside the prediction of a run that is over. */
export const measured = (tallied: Tallied, durationUs: number): Measured => ({
  seconds: durationUs / 1e6,
  downSeconds: 0,
  machines: Array.from({ length: machinesIn(tallied) }, (_, i) => {
    const at = (i + 1) * Tally.words
    const of = (what: number): number => tallied.words[at + what]!
    const ahead = [
      [of(Tally.senderOne), of(Tally.aheadOne)],
      [of(Tally.senderTwo), of(Tally.aheadTwo)],
    ].filter(([, ticks]) => ticks! > 0)
    return {
      machine: i + 1,
      ticks: of(Tally.internal) + of(Tally.sent) + of(Tally.received),
      received: of(Tally.received),
      addressed: of(Tally.addressed),
      dropped: of(Tally.dropped),
      missed: 0,
      lamport: of(Tally.lamport),
      ahead: Object.fromEntries(ahead),
    }
  }),
})
