/**
 * Clocks compared over a run of the store, by one reading of its log.
 *
 * As JSON: {run, events, clockEvents, machines, strays, skewUs, seed, pairs, clocks}. pairs: {exact, anchors,
 * pairsOfAnchor, concurrent, causal}, the last two {compared, share, standardError}: pairs compared, and what part of
 * all pairs are such. clocks: [{clock, title, source, growth, bytes: {mean, largest}, falseOrder, inverted, unordered,
 * reversed, nsPerStamp}], each of the four {share, standardError} or null. standardError is null where all pairs were
 * compared, share where there are none of the kind.
 */
import * as Effect from "effect/Effect"
import type { Recorded } from "../../domain/ClockEvent.ts"
import type { Clock } from "../../domain/clocks/Clock.ts"
import * as Comparison from "../../domain/clocks/Comparison.ts"
import type { Share } from "../../domain/clocks/Pairs.ts"
import type { EventLogShape } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import { UsageError } from "../../domain/UsageError.ts"
import { readAll } from "./Analysis.ts"

export interface Asked {
  readonly log: EventLogShape
  readonly run: string
  readonly clocks: ReadonlyArray<Clock>
  readonly seed: number
  readonly skewUs: number
  readonly onStamps?: Comparison.Options["onStamps"]
}

export interface Answer extends Comparison.Compared {
  readonly run: string
  readonly head: number
  readonly machines: number
  readonly seed: number
  readonly skewUs: number
}

const cannot = (found: string) =>
  new UsageError({
    message: `Cannot compare clocks: the run must have from 1 to ${Limits.maxClockMachines} machines, as each event gets a vector of them; found ${found}`,
  })

const hasTimes = (first: Recorded): boolean =>
  first.kind !== "run-imported" || first.payload.says.includes("occurredAt")

/** A comparison that is to be given the events of the run, from the first. */
export interface Begun {
  /** Where the log ended as it began. */
  readonly head: number
  readonly step: (event: Recorded) => void
  /** To be called once. */
  readonly finish: () => Answer
}

export const begin = ({ log, run, clocks, seed, skewUs, onStamps }: Asked) =>
  Effect.gen(function* () {
    const { position: head } = yield* log.head(run)
    const [first] = yield* log.read({ run, after: 0, limit: 1 })
    const machines = first === undefined ? undefined : Comparison.machinesOf(first)
    if (first === undefined || machines === undefined)
      return yield* cannot("a log that does not say how many")
    if (machines < 1 || machines > Limits.maxClockMachines) return yield* cannot(String(machines))
    const comparison = Comparison.make({
      ...{ clocks, machines, head, seed, skewUs },
      hasTimes: hasTimes(first),
      now: () => performance.now(),
      ...(onStamps === undefined ? {} : { onStamps }),
    })
    return {
      head,
      step: (event) => {
        if (event.position <= head) comparison.step(event)
      },
      finish: () => ({ ...comparison.finish(), run, head, machines, seed, skewUs }),
    } satisfies Begun
  })

export const compare = (asked: Asked, progress: (position: number, head: number) => void = () => {}) =>
  Effect.gen(function* () {
    const { head, step, finish } = yield* begin(asked)
    yield* readAll(asked.log, asked.run, step, (position) => progress(position, head))
    return finish()
  })

const shareToJson = (share: Share | undefined) => share ?? null

export const toJson = (answer: Answer) => {
  const { run, head, machines, clockEvents, strays, sample, concurrent, causal, seed, skewUs } = answer
  return {
    ...{ run, events: head, clockEvents, machines, strays, skewUs, seed },
    pairs: {
      exact: sample === undefined,
      anchors: sample?.anchors ?? null,
      pairsOfAnchor: sample?.pairsOfAnchor ?? null,
      concurrent: { compared: concurrent.compared, ...concurrent.among },
      causal: { compared: causal.compared, ...causal.among },
    },
    clocks: answer.clocks.map((measured) => ({
      clock: measured.clock.name,
      title: measured.clock.title,
      source: measured.clock.source,
      growth: measured.clock.growth,
      bytes: { mean: measured.meanBytes, largest: measured.largestBytes },
      falseOrder: shareToJson(measured.falseOrder),
      inverted: shareToJson(measured.inverted),
      unordered: shareToJson(measured.unordered),
      reversed: shareToJson(measured.reversed),
      nsPerStamp: measured.nsPerStamp,
    })),
  }
}
