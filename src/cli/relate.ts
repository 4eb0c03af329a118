/** `relate`: how two clock events stand to each other, told in lines; `Relating` finds it, and says what `--json` prints. */
import * as Effect from "effect/Effect"
import type * as Causality from "../domain/Causality.ts"
import { type AnyClockEvent, address, type Logged } from "../domain/ClockEvent.ts"
import * as Relating from "../persistence/inquiry/Relating.ts"
import { type Telling, telling } from "./EventTelling.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"

type Event = Logged<AnyClockEvent>

/** "1/5 and 2/3 are concurrent, though L = 4 < L = 9", the smaller clock first. */
export const concurrency = (a: Event, b: Event): string => {
  if (a.lamport === null || b.lamport === null) return `${address(a)} and ${address(b)} are concurrent`
  if (a.lamport === b.lamport)
    return `${address(a)} and ${address(b)} are concurrent; both have L = ${a.lamport}`
  const [small, large] = a.lamport < b.lamport ? [a, b] : [b, a]
  return `${address(small)} and ${address(large)} are concurrent, though L = ${small.lamport} < L = ${large.lamport}`
}

const pathLines = (
  path: ReadonlyArray<Causality.FutureCone.Hop>,
  { withClock }: Telling,
): ReadonlyArray<string> =>
  path.map(({ by, from, to }) =>
    by === "message"
      ? `  message    ${withClock(from)} to ${withClock(to)}`
      : `  own steps  ${withClock(from)} to ${withClock(to)}`,
  )

const lines = ({ a, b, relation, names, untold }: Relating.Answer): ReadonlyArray<string> => {
  const tell = telling(names)
  const { withClock, what } = tell
  const reservation = untold === undefined ? [] : [`as far as the log tells: ${untold}`]
  if (relation.path === null)
    return [
      concurrency(a, b),
      ...[a, b].map((event) => `  ${withClock(event)} ${what(event)}`),
      "no chain of steps and messages leads from one to the other: neither could have influenced the other",
      ...reservation,
    ]
  const [early, late] = relation.relation === "before" ? [a, b] : [b, a]
  const asAsked = relation.relation === "after" ? `: ${address(a)} comes after ${address(b)}` : ""
  return [
    `${withClock(early)} happened before ${withClock(late)}${asAsked}`,
    ...pathLines(relation.path, tell),
    ...reservation,
  ]
}

const claim = 'the smallest counterexample to "a smaller clock happened before":'

const nothingFound = (run: string, { examined, isImported }: Relating.NoneFound): ReadonlyArray<string> => [
  examined === 0
    ? `run ${run} has no events with a clock, so there is nothing to hold "a smaller clock happened before" against; two events can be related all the same`
    : `run ${run} has no counterexample to "a smaller clock happened before": of its ${examined} ${isImported ? "events with a clock" : "clock events"}, any two with different clocks are ordered`,
]

export const command = (
  reference: string,
  words: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const addresses = yield* Relating.decode(words)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const answer = yield* Relating.ask({ db: store.database.db, log: store.log, run }, addresses)
    const texts = !("a" in answer)
      ? nothingFound(run, answer)
      : [
          ...(answer.examined === null ? [] : [claim]),
          ...lines(answer),
          `next: lightcone why ${run} ${address(answer.b)}`,
        ]
    if (options.json === true) yield* json(Relating.toJson(run, answer))
    else for (const text of texts) yield* line(harmless(text))
    return 0
  }).pipe(Effect.scoped)
