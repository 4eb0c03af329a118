/**
 * `relate`: whether one clock event happened before another, with the path; without events, the smallest
 * counterexample to "a smaller clock happened before" (`Counterexample` says what smallest means).
 *
 * `--json` prints one object, the same with and without events:
 *
 *     {run, relation, a, b, path, counterexample, examined}
 *
 * relation: "before" (a happened before b), "after" or "concurrent"; null where no counterexample was found, and
 * a and b then are null too. a, b: {event, kind, lamport, position, occurredAt}. path: null when concurrent, else
 * [{by: "steps" | "message", from: {event, lamport}, to: {event, lamport}}, ...] from the earlier event to the
 * later. counterexample: whether the two are concurrent with different clocks. examined: clock events looked
 * at to find the counterexample; null with events.
 */
import * as Effect from "effect/Effect"
import type * as Causality from "../domain/Causality.ts"
import { type AnyClockEvent, address, type Logged } from "../domain/ClockEvent.ts"
import * as ClockEventNamed from "./ClockEventNamed.ts"
import { pointToJson, toJson, what, withClock } from "./ClockEventNamed.ts"
import * as MachineNames from "./MachineNames.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { RecordContradicts } from "./RecordContradicts.ts"
import * as Relating from "./Relating.ts"
import * as Store from "./Store.ts"
import { UsageError } from "./UsageError.ts"

type Event = Logged<AnyClockEvent>

const doing = "relate events"

const isCounterexample = (relation: Causality.Relation, a: Event, b: Event): boolean =>
  relation.relation === "concurrent" && a.lamport !== b.lamport

const pathToJson = ({ path }: Causality.Relation) =>
  path?.map(({ by, from, to }) => ({ by, from: pointToJson(from), to: pointToJson(to) })) ?? null

const document = (
  run: string,
  a: Event,
  b: Event,
  relation: Causality.Relation,
  examined: number | null,
) => ({
  run,
  relation: relation.relation,
  a: toJson(a),
  b: toJson(b),
  path: pathToJson(relation),
  counterexample: isCounterexample(relation, a, b),
  examined,
})

const noneFound = (run: string, examined: number) => ({
  run,
  relation: null,
  a: null,
  b: null,
  path: null,
  counterexample: false,
  examined,
})

/** "1/5 and 2/3 are concurrent, though L = 4 < L = 9", the smaller clock first. */
export const concurrency = (a: Event, b: Event): string => {
  if (a.lamport === null || b.lamport === null) return `${address(a)} and ${address(b)} are concurrent`
  if (a.lamport === b.lamport)
    return `${address(a)} and ${address(b)} are concurrent; both have L = ${a.lamport}`
  const [small, large] = a.lamport < b.lamport ? [a, b] : [b, a]
  return `${address(small)} and ${address(large)} are concurrent, though L = ${small.lamport} < L = ${large.lamport}`
}

const pathLines = (path: ReadonlyArray<Causality.FutureCone.Hop>): ReadonlyArray<string> =>
  path.map(({ by, from, to }) =>
    by === "message"
      ? `  message    ${withClock(from)} to ${withClock(to)}`
      : `  own steps  ${withClock(from)} to ${withClock(to)}`,
  )

const lines = (a: Event, b: Event, relation: Causality.Relation): ReadonlyArray<string> => {
  if (relation.path === null)
    return [
      concurrency(a, b),
      ...[a, b].map((event) => `  ${withClock(event)} ${what(event)}`),
      "no chain of steps and messages leads from one to the other: neither could have influenced the other",
    ]
  const [early, late] = relation.relation === "before" ? [a, b] : [b, a]
  const asAsked = relation.relation === "after" ? `: ${address(a)} comes after ${address(b)}` : ""
  return [`${withClock(early)} happened before ${withClock(late)}${asAsked}`, ...pathLines(relation.path)]
}

const relateTwo = (store: Store.Store, run: string, addresses: ReadonlyArray<Causality.Address.Address>) =>
  Effect.gen(function* () {
    const events = yield* Effect.forEach(addresses, (wanted) =>
      ClockEventNamed.find(store, run, doing, wanted),
    )
    const [a, b] = events as [Event, Event]
    return { a, b, relation: yield* Relating.relate(store.log, run, a, b) }
  })

const decode = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    if (words.length !== 0 && words.length !== 2)
      return yield* new UsageError({
        message: `Cannot ${doing}: there must be two, or none for the smallest counterexample; found ${words.length}`,
      })
    const addresses = yield* Effect.forEach(words, (word) => ClockEventNamed.parse(doing, word))
    if (words.length === 2 && words[0] === words[1])
      return yield* new UsageError({
        message: `Cannot ${doing}: there must be two different ones, found ${words[0]} twice`,
      })
    return addresses
  })

const claim = 'the smallest counterexample to "a smaller clock happened before":'

const nothingFound = (run: string, examined: number): ReadonlyArray<string> => [
  `run ${run} has no counterexample to "a smaller clock happened before": of its ${examined} clock events, any two with different clocks are ordered`,
]

const disorder = (a: Event, b: Event, relation: "before" | "after"): string =>
  `${withClock(a)} stands ${relation} ${withClock(b)}, which the clocks before them do not allow`

export const command = (
  reference: string,
  words: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const addresses = yield* decode(words)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const names = yield* MachineNames.of(store.database.db, run)
    const print = (value: unknown, texts: ReadonlyArray<string>) =>
      options.json === true
        ? json(value)
        : Effect.forEach([...texts, ...MachineNames.legend(names)], (text) => line(harmless(text)), {
            discard: true,
          })
    if (addresses.length === 2) {
      const { a, b, relation } = yield* relateTwo(store, run, addresses)
      const next = `next: lightcone why ${run} ${address(b)}`
      yield* print(document(run, a, b, relation, null), [...lines(a, b, relation), next])
      return 0
    }
    const { pair, examined } = yield* Relating.counterexample(store.log, run)
    if (pair === undefined) {
      yield* print(noneFound(run, examined), nothingFound(run, examined))
      return 0
    }
    const [a, b] = pair
    const relation = yield* Relating.relate(store.log, run, a, b)
    // The search takes the record at its word; where the pair is ordered all the same, the record was not honest.
    if (relation.relation !== "concurrent")
      return yield* new RecordContradicts({ run, doing, problem: disorder(a, b, relation.relation) })
    const next = `next: lightcone why ${run} ${address(b)}`
    yield* print(document(run, a, b, relation, examined), [claim, ...lines(a, b, relation), next])
    return 0
  }).pipe(Effect.scoped)
