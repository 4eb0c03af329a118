/**
 * Where two runs part in causal order, and what changed after it. The n-th clock event of a machine in one run stands
 * against its n-th in the other, and is *changed* where they say something else, or only one run has it. A changed event
 * that no other changed one happened before, in neither run, is where the runs part: it has its cause in what was done
 * to the run.
 *
 * The cone is all that this may have influenced, by messages of either run: a machine that receives something in one run
 * does not send what it sends in the other, and who misses that message has changed by it though nothing came. So a step
 * leads on along a machine, and from a send to its receipt in whichever run. A run's own future cone is the part of it
 * that the run's own messages reach.
 *
 * The first difference in the order of the logs was rejected: of two that are concurrent it names the one that the clock
 * on the wall saw first, and that may be a consequence on another machine of what is logged a microsecond later.
 */
import type { Recorded } from "./ClockEvent.ts"
import * as Content from "./divergence/Content.ts"
import { Standing } from "./divergence/Standing.ts"
import { type Clocked, type Log, type Streams, of as streamsOf } from "./divergence/Streams.ts"

export type { Clocked, Log }

/** A machine's n-th clock event, from 0, in both runs; undefined where a run has no such. */
export interface Pair {
  readonly machine: number
  readonly number: number
  readonly a: Clocked | undefined
  readonly b: Clocked | undefined
}

export interface Changed extends Pair {
  /** What differs, in words. */
  readonly what: string
}

export interface OfMachine {
  readonly machine: number
  /** Its first changed event; undefined where it does the same in both. */
  readonly departs: Changed | undefined
  readonly changed: number
}

/** By run: a number of its clock events. */
export interface Count {
  readonly a: number
  readonly b: number
}

export interface Divergence {
  /** Whether the runs are the same in all that was compared, times and queue lengths too. */
  readonly isSame: boolean
  /** Where they part; none where no event is changed. More than one have causes of their own. */
  readonly first: ReadonlyArray<Changed>
  readonly events: Count
  readonly changed: Count
  /** Events in the cone of where they part, changed or not. */
  readonly cone: Count
  /** Changed events that lie in the run's own future cone: what is changed beyond them is so by what did not come. */
  readonly reached: Count
  /** Changed events outside the cone: none, unless the runs order events the one before the other and the other way. */
  readonly outside: number
  readonly machines: ReadonlyArray<OfMachine>
  /** Events that say the same at other times, or with other queue lengths. */
  readonly otherTimes: ReadonlyArray<Pair>
  readonly otherQueues: ReadonlyArray<Pair>
  /** Events outside happened-before (drops, missed ticks, faults, ...) that only one run has. */
  readonly onlyA: ReadonlyArray<Recorded>
  readonly onlyB: ReadonlyArray<Recorded>
  /** How an event of either run stands: 0 the same, 1 in the cone and not changed, 2 changed, 3 where they part. */
  readonly standing: (run: "a" | "b", machine: number, version: number) => Standing
}

export { Standing }

/** A flag for each clock event, by machine and number. */
type Flags = ReadonlyArray<Uint8Array>

const flagsOf = (lengths: ReadonlyArray<number>): Flags => lengths.map((length) => new Uint8Array(length))

/**
 * Takes every event of a run in the order of its log: whether it, or one that happened before it, is marked. `hear` gets
 * of each whether another marked one happened before it.
 */
const reach = (
  streams: Streams,
  marked: Flags,
  hear: (m: number, n: number, isReached: boolean) => void,
): void => {
  const reached = flagsOf(streams.clocked.map((own) => own.length))
  const next = new Uint32Array(streams.clocked.length)
  for (const event of streams.inOrder) {
    const m = event.machine - 1
    const n = next[m]!++
    let isReached = n > 0 && reached[m]![n - 1] === 1
    if (!isReached && event.kind === "received") {
      const { sender, sendVersion } = event.payload
      const sent = sender === null || sendVersion === null ? undefined : streams.numberOf(sender, sendVersion)
      isReached = sent !== undefined && reached[sender! - 1]![sent] === 1
    }
    reached[m]![n] = isReached || marked[m]![n] === 1 ? 1 : 0
    hear(m, n, isReached)
  }
}

/** Changed events that no changed one happened before: in neither run, or where that is none, in one of them. */
const minimal = (a: Streams, b: Streams, changed: Flags): Flags => {
  const reachedIn = [a, b].map((streams) => {
    const reached = flagsOf(changed.map((own) => own.length))
    reach(streams, changed, (m, n, isReached) => {
      reached[m]![n] = isReached ? 1 : 0
    })
    return reached
  }) as [Flags, Flags]
  const [inA, inB] = reachedIn
  const has = (streams: Streams, m: number, n: number) => n < (streams.clocked[m]?.length ?? 0)
  const strictly = changed.map((own, m) =>
    own.map((is, n) => (is === 1 && inA[m]![n] === 0 && inB[m]![n] === 0 ? 1 : 0)),
  )
  if (strictly.some((own) => own.includes(1))) return strictly
  return changed.map((own, m) =>
    own.map((is, n) =>
      is === 1 && ((has(a, m, n) && inA[m]![n] === 0) || (has(b, m, n) && inB[m]![n] === 0)) ? 1 : 0,
    ),
  )
}

/** The events of a run that lie in its own future of the marked ones, these included. */
const futureOf = (streams: Streams, first: Flags): Flags => {
  const future = flagsOf(first.map((own) => own.length))
  reach(streams, first, (m, n, isReached) => {
    future[m]![n] = isReached || first[m]![n] === 1 ? 1 : 0
  })
  return future
}

/** By machine: the numbers of its receipts of each send of another, in one run. */
const receiptsOf = (
  streams: Streams,
): ReadonlyMap<string, ReadonlyArray<readonly [m: number, n: number]>> => {
  const receipts = new Map<string, Array<readonly [number, number]>>()
  for (const [m, own] of streams.clocked.entries())
    for (const [n, event] of own.entries()) {
      if (event.kind !== "received") continue
      const { sender, sendVersion } = event.payload
      const sent = sender === null || sendVersion === null ? undefined : streams.numberOf(sender, sendVersion)
      if (sent === undefined) continue
      const key = `${sender! - 1}#${sent}`
      const known = receipts.get(key)
      if (known === undefined) receipts.set(key, [[m, n]])
      else known.push([m, n])
    }
  return receipts
}

/** Entry m: the first number of that machine's events in the cone, beyond its last if none is. */
const coneOf = (first: Flags, both: readonly [Streams, Streams]): Float64Array => {
  const receipts = both.map(receiptsOf)
  const from = Float64Array.from(first, (own) => own.length)
  const waiting: Array<readonly [m: number, n: number]> = first.flatMap((own, m) => {
    const n = own.indexOf(1)
    return n < 0 ? [] : [[m, n] as const]
  })
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [m, n] = next
    const until = from[m]!
    if (n >= until) continue
    from[m] = n
    for (let sent = n; sent < until; sent++)
      for (const of of receipts) waiting.push(...(of.get(`${m}#${sent}`) ?? []))
  }
  return from
}

const only = (mine: Streams, others: Streams): ReadonlyArray<Recorded> => {
  const counts = new Map<string, number>()
  for (const event of others.others) {
    const key = Content.keyOf(event, others)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return mine.others.filter((event) => {
    const key = Content.keyOf(event, mine)
    const left = counts.get(key) ?? 0
    if (left > 0) counts.set(key, left - 1)
    return left === 0
  })
}

export const find = (logA: Log, logB: Log): Divergence => {
  const [a, b] = [streamsOf(logA), streamsOf(logB)]
  const both = [a, b] as const
  const machines = Math.max(a.clocked.length, b.clocked.length)
  const lengthOf = ({ clocked }: Streams, m: number): number => clocked[m]?.length ?? 0
  const lengths = Array.from({ length: machines }, (_, m) => Math.max(lengthOf(a, m), lengthOf(b, m)))
  const changed = flagsOf(lengths)
  const [otherTimes, otherQueues]: [Array<Pair>, Array<Pair>] = [[], []]

  const pairOf = (m: number, n: number): Pair => ({
    machine: m + 1,
    number: n,
    a: a.clocked[m]?.[n],
    b: b.clocked[m]?.[n],
  })
  const whatOf = ({ a: ofA, b: ofB }: Pair): string | undefined =>
    ofA !== undefined && ofB !== undefined
      ? Content.difference(ofA, ofB, both)
      : `${(ofA ?? ofB)!.kind} against the end of the machine's events`
  const changedOf = (m: number, n: number): Changed => {
    const pair = pairOf(m, n)
    return { ...pair, what: whatOf(pair)! }
  }
  for (const [m, length] of lengths.entries())
    for (let n = 0; n < length; n++) {
      const pair = pairOf(m, n)
      if (whatOf(pair) !== undefined) {
        changed[m]![n] = 1
        continue
      }
      if (!Content.isSimultaneous(pair.a!, pair.b!, both)) otherTimes.push(pair)
      if (pair.a!.queueLength !== pair.b!.queueLength) otherQueues.push(pair)
    }

  const first = minimal(a, b, changed)
  const cone = coneOf(first, both)
  const [futureA, futureB] = [futureOf(a, first), futureOf(b, first)]
  /** Flags that hold of those events which a run has. */
  const count = (streams: Streams, holds: (m: number, n: number) => boolean): number =>
    lengths.reduce((sum, _, m) => {
      let more = 0
      for (let n = 0; n < lengthOf(streams, m); n++) if (holds(m, n)) more++
      return sum + more
    }, 0)
  const ofBoth = (holds: (future: Flags, m: number, n: number) => boolean): Count => ({
    a: count(a, (m, n) => holds(futureA, m, n)),
    b: count(b, (m, n) => holds(futureB, m, n)),
  })
  const ofMachines = lengths.map((_, m): OfMachine => {
    const departs = changed[m]!.indexOf(1)
    return {
      machine: m + 1,
      departs: departs < 0 ? undefined : changedOf(m, departs),
      changed: changed[m]!.reduce((sum, is) => sum + is, 0),
    }
  })
  const parts = first.flatMap((own, m) =>
    Array.from(own, (is, n) => (is === 1 ? changedOf(m, n) : [])).flat(),
  )
  const [onlyA, onlyB] = [only(a, b), only(b, a)]
  return {
    isSame: parts.length + otherTimes.length + otherQueues.length + onlyA.length + onlyB.length === 0,
    first: parts,
    events: { a: a.inOrder.length, b: b.inOrder.length },
    changed: ofBoth((_, m, n) => changed[m]![n] === 1),
    cone: ofBoth((_, m, n) => n >= cone[m]!),
    reached: ofBoth((future, m, n) => future[m]![n] === 1 && changed[m]![n] === 1),
    outside: changed.reduce((sum, own, m) => sum + own.subarray(0, cone[m]).reduce((a, is) => a + is, 0), 0),
    machines: ofMachines,
    otherTimes,
    otherQueues,
    onlyA,
    onlyB,
    standing: (run, machine, version) => {
      const n = (run === "a" ? a : b).numberOf(machine, version)
      if (n === undefined) return Standing.same
      const m = machine - 1
      if (first[m]![n] === 1) return Standing.first
      if (changed[m]![n] === 1) return Standing.changed
      return n >= cone[m]! ? Standing.cone : Standing.same
    },
  }
}
