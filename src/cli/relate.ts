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
 * at to find the counterexample; null with events. An event of an imported log has also its machine's `name`, its
 * `label` and its `line`, where it has any; and `untold` says what of its relation the log does not tell.
 */
import * as Effect from "effect/Effect"
import type * as Causality from "../domain/Causality.ts"
import { type AnyClockEvent, address, type Logged } from "../domain/ClockEvent.ts"
import { UsageError } from "../domain/UsageError.ts"
import { ofRun } from "../persistence/inquiry/RecordContradicts.ts"
import * as Relating from "../persistence/inquiry/Relating.ts"
import * as ClockEventNamed from "./ClockEventNamed.ts"
import { pointToJson, type Telling, telling, toNamedJson } from "./ClockEventNamed.ts"
import * as MachineNames from "./MachineNames.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"

type Event = Logged<AnyClockEvent>

const doing = "relate events"

const isCounterexample = (relation: Causality.Relation, a: Event, b: Event): boolean =>
  relation.relation === "concurrent" && a.lamport !== b.lamport

const pathToJson = ({ path }: Causality.Relation) =>
  path?.map(({ by, from, to }) => ({ by, from: pointToJson(from), to: pointToJson(to) })) ?? null

interface Told {
  readonly names: ReadonlyArray<string>
  /** What an imported log does not tell of the relation. */
  readonly untold: string | undefined
}

const document = (
  run: string,
  a: Event,
  b: Event,
  relation: Causality.Relation,
  examined: number | null,
  { names, untold }: Told,
) => ({
  run,
  relation: relation.relation,
  a: toNamedJson(a, names),
  b: toNamedJson(b, names),
  path: pathToJson(relation),
  counterexample: isCounterexample(relation, a, b),
  examined,
  ...(untold === undefined ? {} : { untold }),
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

const pathLines = (
  path: ReadonlyArray<Causality.FutureCone.Hop>,
  { withClock }: Telling,
): ReadonlyArray<string> =>
  path.map(({ by, from, to }) =>
    by === "message"
      ? `  message    ${withClock(from)} to ${withClock(to)}`
      : `  own steps  ${withClock(from)} to ${withClock(to)}`,
  )

const lines = (
  a: Event,
  b: Event,
  relation: Causality.Relation,
  { names, untold }: Told,
): ReadonlyArray<string> => {
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

const nothingFound = (run: string, examined: number, isImported: boolean): ReadonlyArray<string> => [
  examined === 0
    ? `run ${run} has no events with a clock, so there is nothing to hold "a smaller clock happened before" against; two events can be related all the same`
    : `run ${run} has no counterexample to "a smaller clock happened before": of its ${examined} ${isImported ? "events with a clock" : "clock events"}, any two with different clocks are ordered`,
]

const disorder = (a: Event, b: Event, relation: "before" | "after"): string => {
  const { withClock } = telling()
  return `${withClock(a)} stands ${relation} ${withClock(b)}, which the clocks before them do not allow`
}

const noKinds = "the log must say which of its events were sends and receipts, found no word of it"

const receipts = (count: number): string => `${count} ${count === 1 ? "receipt" : "receipts"}`

/** A way may rest on receipts of which it is not known for sure which message they took; and so may there being none. */
const untoldOf = (store: Store.Store, run: string, { path, untold, guessed }: Relating.Related) =>
  Effect.gen(function* () {
    if (path === null) {
      const parts = [
        ...(untold === 0 ? [] : [`the sends of ${receipts(untold)} are not known`]),
        ...(guessed === 0 ? [] : [`${receipts(guessed)} may have been of another send`]),
      ]
      return parts.length === 0 ? undefined : `between the two, ${parts.join(", and ")}`
    }
    if (guessed === 0) return undefined
    const taken = yield* Effect.forEach(
      path.filter(({ by }) => by === "message"),
      ({ to }) => ClockEventNamed.find(store, run, doing, to),
    )
    const unsure = taken.filter(({ payload }) => payload.match === "one-of-several").map(address)
    return unsure.length === 0 ? undefined : `${unsure.join(" and ")} may have received another message`
  })

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
    const { imported, names } = yield* MachineNames.described(store.database.db, run)
    const contradiction = ofRun(imported !== undefined)
    const print = (value: unknown, texts: ReadonlyArray<string>) =>
      options.json === true
        ? json(value)
        : Effect.forEach(texts, (text) => line(harmless(text)), { discard: true })
    if (addresses.length === 2) {
      const { a, b, relation } = yield* relateTwo(store, run, addresses)
      if (imported?.says.includes("kind") === false && relation.path === null)
        return yield* new UsageError({ message: `Cannot ${doing}: ${noKinds}` })
      const next = `next: lightcone why ${run} ${address(b)}`
      const told = { names, untold: yield* untoldOf(store, run, relation) }
      yield* print(document(run, a, b, relation, null, told), [...lines(a, b, relation, told), next])
      return 0
    }
    if (imported?.says.includes("kind") === false)
      return yield* new UsageError({ message: `Cannot find a counterexample: ${noKinds}` })
    const { pair, examined } = yield* Relating.counterexample(store.log, run).pipe(
      Effect.catchTag("RecordContradicts", contradiction),
    )
    if (pair === undefined) {
      yield* print(noneFound(run, examined), nothingFound(run, examined, imported !== undefined))
      return 0
    }
    const [a, b] = pair
    const relation = yield* Relating.relate(store.log, run, a, b)
    // The search takes the record at its word; where the pair is ordered all the same, the record was not honest.
    if (relation.relation !== "concurrent") {
      const problem = disorder(a, b, relation.relation)
      return yield* contradiction({ run, doing, problem })
    }
    const next = `next: lightcone why ${run} ${address(b)}`
    const told = { names, untold: yield* untoldOf(store, run, relation) }
    yield* print(document(run, a, b, relation, examined, told), [claim, ...lines(a, b, relation, told), next])
    return 0
  }).pipe(Effect.scoped)
