/**
 * How clock events of a run in the store stand to each other, from as much of its log as that takes; without events, the
 * smallest counterexample to "a smaller clock happened before" (`Counterexample` says what smallest means).
 *
 * As JSON, the same with and without events:
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
import * as Causality from "../../domain/Causality.ts"
import { type AnyClockEvent, address, type Logged } from "../../domain/ClockEvent.ts"
import type { EventLogShape } from "../../domain/EventLog.ts"
import { UsageError } from "../../domain/UsageError.ts"
import type * as Query from "../Query.ts"
import * as LogWindow from "./LogWindow.ts"
import * as MachineNames from "./MachineNames.ts"
import * as NamedEvent from "./NamedEvent.ts"
import { pointToJson, toNamedJson } from "./NamedEvent.ts"
import { ofRun, RecordContradicts } from "./RecordContradicts.ts"

type Event = Logged<AnyClockEvent>

/** Whose record is looked at. */
interface Asked {
  readonly db: Query.Db
  readonly log: EventLogShape
  readonly run: string
}

export interface Answer {
  readonly a: Event
  readonly b: Event
  readonly relation: Related
  /** Clock events looked at to find the two; null where they were given. */
  readonly examined: number | null
  readonly names: ReadonlyArray<string>
  /** What an imported log does not tell of the relation. */
  readonly untold: string | undefined
}

/** There is no counterexample. */
export interface NoneFound {
  readonly examined: number
  readonly isImported: boolean
}

const doing = "relate events"

export type Related = Causality.Relation & {
  /** Of an imported log: receipts read between the two whose send is not known, and those that fit several. */
  readonly untold: number
  readonly guessed: number
}

/** Reads from one event to the other, or until the earlier one's future has reached the later. */
export const relate = (log: EventLogShape, run: string, a: Event, b: Event) =>
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

const isCounterexample = (relation: Causality.Relation, a: Event, b: Event): boolean =>
  relation.relation === "concurrent" && a.lamport !== b.lamport

const pathToJson = ({ path }: Causality.Relation) =>
  path?.map(({ by, from, to }) => ({ by, from: pointToJson(from), to: pointToJson(to) })) ?? null

export const toJson = (run: string, answer: Answer | NoneFound) => {
  const { examined } = answer
  if (!("a" in answer))
    return { run, relation: null, a: null, b: null, path: null, counterexample: false, examined }
  const { a, b, relation, names, untold } = answer
  return {
    run,
    relation: relation.relation,
    a: toNamedJson(a, names),
    b: toNamedJson(b, names),
    path: pathToJson(relation),
    counterexample: isCounterexample(relation, a, b),
    examined,
    ...(untold === undefined ? {} : { untold }),
  }
}

/** The two events, or none, that these words name. */
export const decode = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    if (words.length !== 0 && words.length !== 2)
      return yield* new UsageError({
        message: `Cannot ${doing}: there must be two, or none for the smallest counterexample; found ${words.length}`,
      })
    const addresses = yield* Effect.forEach(words, (word) => NamedEvent.parse(doing, word))
    if (words.length === 2 && words[0] === words[1])
      return yield* new UsageError({
        message: `Cannot ${doing}: there must be two different ones, found ${words[0]} twice`,
        word: words[1]!,
      })
    return addresses
  })

const disorder = (a: Event, b: Event, relation: "before" | "after"): string => {
  const withClock = (event: Event) => `${address(event)} (L = ${event.lamport})`
  return `${withClock(a)} stands ${relation} ${withClock(b)}, which the clocks before them do not allow`
}

const noKinds = "the log must say which of its events were sends and receipts, found no word of it"

const receipts = (count: number): string => `${count} ${count === 1 ? "receipt" : "receipts"}`

/** A way may rest on receipts of which it is not known for sure which message they took; and so may there being none. */
const untoldOf = (db: Query.Db, run: string, { path, untold, guessed }: Related) =>
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
      ({ to }) => NamedEvent.find(db, run, doing, to),
    )
    const unsure = taken.filter(({ payload }) => payload.match === "one-of-several").map(address)
    return unsure.length === 0 ? undefined : `${unsure.join(" and ")} may have received another message`
  })

/** The relation of two events; of none, the smallest counterexample and its relation. */
export const ask = ({ db, log, run }: Asked, addresses: ReadonlyArray<Causality.Address.Address>) =>
  Effect.gen(function* () {
    const { imported, names } = yield* MachineNames.described(db, run)
    const saysNoKinds = imported?.says.includes("kind") === false
    const contradiction = ofRun(imported !== undefined)
    const answer = (a: Event, b: Event, relation: Related, examined: number | null) =>
      Effect.map(
        untoldOf(db, run, relation),
        (untold): Answer => ({ a, b, relation, examined, names, untold }),
      )
    if (addresses.length === 2) {
      const [a, b] = (yield* Effect.forEach(addresses, (wanted) =>
        NamedEvent.find(db, run, doing, wanted),
      )) as [Event, Event]
      const relation = yield* relate(log, run, a, b)
      if (saysNoKinds && relation.path === null)
        return yield* new UsageError({ message: `Cannot ${doing}: ${noKinds}` })
      return yield* answer(a, b, relation, null)
    }
    if (saysNoKinds) return yield* new UsageError({ message: `Cannot find a counterexample: ${noKinds}` })
    const { pair, examined } = yield* Effect.catchTag(
      counterexample(log, run),
      "RecordContradicts",
      contradiction,
    )
    if (pair === undefined) return { examined, isImported: imported !== undefined } satisfies NoneFound
    const [a, b] = pair
    const relation = yield* relate(log, run, a, b)
    // The search takes the record at its word; where the pair is ordered all the same, the record was not honest.
    if (relation.relation !== "concurrent")
      return yield* contradiction({ run, doing, problem: disorder(a, b, relation.relation) })
    return yield* answer(a, b, relation, examined)
  })
