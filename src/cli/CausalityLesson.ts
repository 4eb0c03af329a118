/** What the lesson on causality finds in its run, and how it tells a student. */
import * as Causality from "../domain/Causality.ts"
import { address, type ClockEvent, isClockEvent, type Logged } from "../domain/ClockEvent.ts"
import { toJson } from "../persistence/inquiry/NamedEvent.ts"
import { withClock } from "./EventTelling.ts"
import { draw } from "./SpaceTimePicture.ts"

type Event = Logged<ClockEvent>

export interface Findings {
  readonly run: string
  readonly machines: number
  readonly startUs: number
  readonly events: ReadonlyArray<Event>
  readonly pairs: {
    readonly ordered: number
    readonly concurrent: number
    /** Concurrent, and with different clocks. */
    readonly counterexamples: number
  }
  /** The smallest: a has the smaller clock. */
  readonly counterexample: { readonly a: Shown; readonly b: Shown } | undefined
}

interface Shown {
  readonly event: Event
  readonly vector: ReadonlyArray<number>
}

const countPairs = (log: ReadonlyArray<Logged>, events: ReadonlyArray<Event>): Findings["pairs"] => {
  let [ordered, concurrent, counterexamples] = [0, 0, 0]
  for (const [i, early] of events.entries()) {
    const { future } = Causality.cone(log, early)
    for (const late of events.slice(i + 1)) {
      const isOrdered = late.version >= (future.get(late.machine) ?? Number.POSITIVE_INFINITY)
      if (isOrdered) ordered++
      else concurrent++
      if (!isOrdered && late.lamport !== early.lamport) counterexamples++
    }
  }
  return { ordered, concurrent, counterexamples }
}

export const examine = (run: string, machines: number, log: ReadonlyArray<Logged>): Findings => {
  const events = log.filter((event): event is Event => isClockEvent(event))
  const shown = (event: Event): Shown => ({ event, vector: Causality.vectorClock(log, event, machines) })
  const pair = Causality.counterexample(log)
  return {
    run,
    machines,
    startUs: log.find(({ kind }) => kind === "run-started")?.occurredAtUs ?? 0,
    events,
    pairs: countPairs(log, events),
    counterexample:
      pair === undefined ? undefined : { a: shown(pair[0] as Event), b: shown(pair[1] as Event) },
  }
}

export const document = (lesson: string, seed: number, findings: Findings) => {
  const { run, events, pairs, counterexample } = findings
  const both =
    counterexample === undefined
      ? null
      : {
          a: { ...toJson(counterexample.a.event), vectorClock: counterexample.a.vector },
          b: { ...toJson(counterexample.b.event), vectorClock: counterexample.b.vector },
        }
  return { lesson, run, seed, events: events.map(toJson), pairs, counterexample: both }
}

const vectorText = (vector: ReadonlyArray<number>): string => `[${vector.join(" ")}]`

const told = ({ a, b }: NonNullable<Findings["counterexample"]>): ReadonlyArray<string> => [
  `A, ${withClock(a.event)}, has a smaller clock than B, ${withClock(b.event)}, and did not happen before it:`,
  `no chain of steps and messages leads from A to B, nor from B to A. They are concurrent, though L = ${a.event.lamport} < L = ${b.event.lamport}.`,
  "",
  "Lamport's clock keeps one promise (1978): if a happened before b, then L(a) < L(b). The converse does not hold:",
  "L is one number, the length of the longest chain of events that led to an event. It does not say which events",
  "those were, so a smaller clock may belong to something that the other never heard of.",
  "",
  "A clock that tells causality needs an entry for every machine: a vector clock counts, for each, the events",
  "that happened before (Fidge 1988, Mattern 1988). V(a) < V(b), entry by entry, exactly if a happened before b. Here",
  `V(A) = ${vectorText(a.vector)} and V(B) = ${vectorText(b.vector)}: each is larger somewhere, so neither came first.`,
]

const counted = ({ pairs, events }: Findings): string =>
  `Of the ${pairs.ordered + pairs.concurrent} pairs of these ${events.length} events ${pairs.ordered} are ordered and ${pairs.concurrent} concurrent; ${pairs.counterexamples} of the concurrent ones have different clocks.`

const next = ({ run, counterexample }: Findings): ReadonlyArray<string> => {
  if (counterexample === undefined) return [`next: lightcone events ${run}`]
  const [a, b] = [address(counterexample.a.event), address(counterexample.b.event)]
  return [`next: lightcone relate ${run} ${a} ${b}`, `      lightcone why ${run} ${b}`]
}

export const lines = (findings: Findings): ReadonlyArray<string> => {
  const { run, machines, startUs, events, counterexample } = findings
  const marked =
    counterexample === undefined
      ? []
      : [
          { event: counterexample.a.event, mark: "A" },
          { event: counterexample.b.event, mark: "B" },
        ]
  return [
    `run ${run}: ${events.length} clock events; -> to whom a message goes, <- which message is received`,
    "",
    ...draw(events, machines, startUs, marked),
    "",
    ...(counterexample === undefined
      ? ["This run holds no two concurrent events with different clocks; run the lesson again."]
      : told(counterexample)),
    "",
    counted(findings),
    ...next(findings),
  ]
}
