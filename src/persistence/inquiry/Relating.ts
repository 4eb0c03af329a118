/** How clock events of a run in the store stand to each other, from as much of its log as that takes. */
import * as Effect from "effect/Effect"
import * as Causality from "../../domain/Causality.ts"
import { type AnyClockEvent, address, type Logged } from "../../domain/ClockEvent.ts"
import type { EventLogShape } from "../../domain/EventLog.ts"
import * as LogWindow from "./LogWindow.ts"
import { RecordContradicts } from "./RecordContradicts.ts"

export type Related = Causality.Relation & {
  /** Of an imported log: receipts read between the two whose send is not known, and those that fit several. */
  readonly untold: number
  readonly guessed: number
}

/** Reads from one event to the other, or until the earlier one's future has reached the later. */
export const relate = (log: EventLogShape, run: string, a: Logged<AnyClockEvent>, b: Logged<AnyClockEvent>) =>
  Effect.gen(function* () {
    const [early, late] = a.position < b.position ? [a, b] : [b, a]
    const future = Causality.FutureCone.make(early)
    const between = { after: early.position, upTo: late.position }
    let [untold, guessed] = [0, 0]
    if (!future.holds(late))
      yield* LogWindow.readUntil(log, run, between, (event) => {
        future.step(event)
        if (event.kind === "received" && event.payload.sendVersion === null) untold++
        if (event.kind === "received" && event.payload.match === "one-of-several") guessed++
        return future.holds(late)
      })
    return { ...Causality.relationIn(future, a, b), untold, guessed } satisfies Related
  })

export interface Found {
  /** The smaller clock first; undefined where the run has no counterexample. */
  readonly pair: ReturnType<typeof Causality.Counterexample.pair> | undefined
  /** Clock events read until it was found. */
  readonly examined: number
}

/** The smallest counterexample of what the log holds now, by two readings of its beginning. */
export const counterexample = (log: EventLogShape, run: string) =>
  Effect.gen(function* () {
    const { position } = yield* log.head(run)
    const search = Causality.Counterexample.search()
    let refuting: Causality.Counterexample.Refuting | undefined
    yield* LogWindow.readUntil(log, run, { after: 0, upTo: position }, (event) => {
      refuting = search.step(event)
      return refuting !== undefined
    })
    const examined = search.examined()
    const known = refuting
    if (known === undefined) return { pair: undefined, examined } satisfies Found
    let pair: Found["pair"]
    yield* LogWindow.readUntil(log, run, { after: 0, upTo: known.event.position }, (event) => {
      if (!Causality.Counterexample.isOther(known, event)) return false
      pair = Causality.Counterexample.pair(known, event)
      return true
    })
    if (pair !== undefined) return { pair, examined } satisfies Found
    const problem = `the clock ${known.event.lamport} of ${address(known.event)} does not follow from those before it`
    return yield* new RecordContradicts({ run, doing: "find a counterexample", problem })
  })
