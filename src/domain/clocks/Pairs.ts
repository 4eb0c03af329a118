/**
 * How the orders that clocks give stand to what happened, counted over pairs of clock events.
 *
 * Of a small run all pairs are counted. Of a large one some events are drawn, the anchors, and each is held against
 * what comes after it in the log: how many of those events are concurrent with it and how many it happened before is
 * counted exactly, and of either kind a uniform sample is compared. So the pairs of a kind of which something holds
 * are estimated by a ratio, of sums over anchors, and its standard error is that of a ratio of cluster totals
 * (Cochran 1977, "Sampling Techniques", section 2.11). Pairs drawn at random from all were rejected: of a long run hardly
 * any two events are concurrent, and all of interest is in those that are.
 */
import { FutureCones } from "../causality/FutureCones.ts"
import type { Order } from "./Clock.ts"
import type { Step } from "./Execution.ts"
import { Reservoirs } from "./Reservoirs.ts"

/** A part of the pairs of a kind. */
export interface Share {
  /** 0..1; null where there are no such pairs. */
  readonly share: number | null
  /** Null where all pairs were counted, or too few anchors had any. */
  readonly standardError: number | null
}

export interface Kind {
  /** Pairs of this kind that were compared. */
  readonly compared: number
  /** Among all pairs. */
  readonly among: Share
}

/** Codes of what a clock says of a pair: of a concurrent one, and of one where the first happened before the second. */
const unordered = 0
const withTime = 1
const againstTime = 2
const asHappened = 1
const reversed = 2
const codes = 3

const concurrent = 0
const causal = 1

export interface Sampling {
  /** Positions of the log whose events are anchors; undefined where all are. */
  readonly anchors: ReadonlySet<number> | undefined
  /** No more anchors than this. */
  readonly most: number
  /** Pairs that are compared of an anchor and kind; infinite where all are. */
  readonly pairs: number
  readonly draw: () => number
}

const codeOf = (kind: number, order: Order, first: Step, second: Step): number => {
  if (order === "concurrent" || order === "equal") return unordered
  if (kind === causal) return order === "before" ? asHappened : reversed
  const [early, late] = order === "before" ? [first, second] : [second, first]
  return early.event.occurredAtUs > late.event.occurredAtUs ? againstTime : withTime
}

export class Pairs {
  readonly #sampling: Sampling
  readonly #clocks: number
  readonly #cones: FutureCones
  readonly #anchors: Array<Step> = []
  /** Two an anchor, by kind. */
  readonly #reservoirs: Reservoirs
  /** By anchor, kind and clock: how many pairs have each code. */
  readonly #counts: Uint32Array
  /** By anchor, kind, place in the reservoir and clock: the code there. */
  readonly #codes: Uint8Array | undefined

  constructor(machines: number, clocks: number, sampling: Sampling) {
    const { most, pairs, draw } = sampling
    this.#sampling = sampling
    this.#clocks = clocks
    this.#cones = new FutureCones(machines, most)
    this.#reservoirs = new Reservoirs(2 * most, pairs, draw)
    this.#counts = new Uint32Array(2 * most * clocks * codes)
    this.#codes = Number.isFinite(pairs) ? new Uint8Array(2 * most * pairs * clocks) : undefined
  }

  /**
   * Takes the next clock event; `order` says how a clock orders an anchor and it. Whether the event is an anchor
   * from now on, with the next number from 0.
   */
  step(step: Step, order: (clock: number, anchor: number) => Order): boolean {
    const { event } = step
    this.#cones.step(event)
    const firsts = this.#cones.firsts(event.machine)
    for (let anchor = 0; anchor < this.#anchors.length; anchor++) {
      const reservoir = 2 * anchor + (firsts[anchor] === 0 ? concurrent : causal)
      const place = this.#reservoirs.offer(reservoir)
      if (place >= 0) this.#keep(reservoir, place, step, order)
    }
    const { anchors } = this.#sampling
    if (anchors !== undefined && !anchors.has(event.position)) return false
    this.#cones.begin(event)
    this.#anchors.push(step)
    return true
  }

  #keep(reservoir: number, place: number, step: Step, order: (clock: number, anchor: number) => Order): void {
    const anchor = reservoir >> 1
    const at = this.#codes === undefined ? 0 : (reservoir * this.#sampling.pairs + place) * this.#clocks
    const replaces = place + 1 < this.#reservoirs.offered(reservoir)
    for (let clock = 0; clock < this.#clocks; clock++) {
      const code = codeOf(reservoir & 1, order(clock, anchor), this.#anchors[anchor]!, step)
      const counts = (reservoir * this.#clocks + clock) * codes
      if (this.#codes !== undefined) {
        if (replaces) this.#counts[counts + this.#codes[at + clock]!]!--
        this.#codes[at + clock] = code
      }
      this.#counts[counts + code]!++
    }
  }

  get anchors(): number {
    return this.#anchors.length
  }

  concurrentPairs(): Kind {
    return this.#kind(concurrent)
  }

  causalPairs(): Kind {
    return this.#kind(causal)
  }

  /** Of the concurrent pairs those that a clock orders. */
  falselyOrdered(clock: number): Share {
    return this.#share(clock, concurrent, [withTime, againstTime])
  }

  /** Of the concurrent pairs those that a clock orders, and against their times. */
  inverted(clock: number): Share {
    return this.#share(clock, concurrent, [againstTime])
  }

  /** Of the causal pairs those that a clock leaves unordered. */
  unordered(clock: number): Share {
    return this.#share(clock, causal, [unordered])
  }

  /** Of the causal pairs those that a clock orders the wrong way around. */
  reversed(clock: number): Share {
    return this.#share(clock, causal, [reversed])
  }

  #kind(kind: number): Kind {
    let compared = 0
    for (let anchor = 0; anchor < this.anchors; anchor++) compared += this.#reservoirs.kept(2 * anchor + kind)
    const of = (anchor: number, which: number) => this.#reservoirs.offered(2 * anchor + which)
    return {
      compared,
      among: this.#ratio(
        (anchor) => of(anchor, kind),
        (anchor) => of(anchor, concurrent) + of(anchor, causal),
      ),
    }
  }

  #share(clock: number, kind: number, wanted: ReadonlyArray<number>): Share {
    return this.#ratio(
      (anchor) => {
        const reservoir = 2 * anchor + kind
        const kept = this.#reservoirs.kept(reservoir)
        if (kept === 0) return 0
        const counts = (reservoir * this.#clocks + clock) * codes
        const found = wanted.reduce((sum, code) => sum + this.#counts[counts + code]!, 0)
        return (found * this.#reservoirs.offered(reservoir)) / kept
      },
      (anchor) => this.#reservoirs.offered(2 * anchor + kind),
    )
  }

  /** Sum of parts over sum of wholes. */
  #ratio(part: (anchor: number) => number, whole: (anchor: number) => number): Share {
    let [parts, wholes] = [0, 0]
    for (let anchor = 0; anchor < this.anchors; anchor++) {
      parts += part(anchor)
      wholes += whole(anchor)
    }
    if (wholes === 0) return { share: null, standardError: null }
    const share = parts / wholes
    if (this.#sampling.anchors === undefined || this.anchors < 2) return { share, standardError: null }
    let squares = 0
    for (let anchor = 0; anchor < this.anchors; anchor++)
      squares += (part(anchor) - share * whole(anchor)) ** 2
    const standardError = Math.sqrt((squares * this.anchors) / (this.anchors - 1)) / wholes
    return { share, standardError }
  }
}
