/**
 * `diff`: where two runs part in causal order, and what changed after it. JSON: `{a, b, same, first: [{machine, number,
 * what, a, b}], events, changed, cone, reached, outside, machines, otherTimes, otherQueueLengths, onlyA, onlyB}`;
 * counts are `{a, b}` by run, and an event is in the one JSON shape, or null.
 */
import * as Effect from "effect/Effect"
import { address, type Recorded } from "../domain/ClockEvent.ts"
import * as Divergence from "../domain/Divergence.ts"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as EventCodec from "../persistence/EventCodec.ts"
import * as DivergingLog from "../persistence/inquiry/DivergingLog.ts"
import * as EventTelling from "./EventTelling.ts"
import { harmless, json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"
import { showDuration } from "./Units.ts"

/** Lines of one kind; more are counted. */
const mostShown = 12

interface Read {
  readonly run: string
  readonly log: Divergence.Log
}

const read = (store: Store.Store, run: string, invocation: Invocation) =>
  Effect.gen(function* () {
    const { position: head } = yield* store.log.head(run)
    if (head > Limits.maxDifferedEvents)
      return yield* new UsageError({
        message: `Cannot compare run ${run}: it must have at most ${Limits.maxDifferedEvents} events, found ${head}`,
      })
    const bar = ProgressBar.make("reading", "events", invocation)
    const log = yield* DivergingLog.read(store.log, run, (position) => bar.show(position, head))
    return { run, log } satisfies Read
  })

const shortened = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length <= mostShown
    ? lines
    : [...lines.slice(0, mostShown), `  ... and ${lines.length - mostShown} more`]

const told = (event: Divergence.Clocked | undefined, { log }: Read): string => {
  if (event === undefined) return "has no such event"
  const telling = EventTelling.telling()
  return `${telling.withClock(event)} ${telling.what(event)}, at ${showDuration(event.occurredAtUs - log.startUs)}`
}

const partings = (divergence: Divergence.Divergence, a: Read, b: Read): ReadonlyArray<string> =>
  divergence.first.flatMap(({ machine, number, what, a: ofA, b: ofB }) => [
    `  clock event ${number + 1} of machine ${machine}: ${what}`,
    `    ${a.run}  ${told(ofA, a)}`,
    `    ${b.run}  ${told(ofB, b)}`,
  ])

const cone = ({ changed, events, cone, reached, outside }: Divergence.Divergence) => [
  ...table(
    ["run", "clock events", "in the cone", "changed", "by messages", "by their absence"],
    (["a", "b"] as const).map((of) => [
      of,
      events[of],
      cone[of],
      changed[of],
      reached[of],
      changed[of] - reached[of],
    ]),
  ),
  outside === 0
    ? "every changed event lies in the cone; outside it nothing changed"
    : `${outside} changed events lie outside the cone: the runs order events in opposite ways`,
]

const machines = (divergence: Divergence.Divergence): ReadonlyArray<string> => {
  const rows = divergence.machines.flatMap(({ machine, departs, changed }) =>
    departs === undefined
      ? []
      : [[machine, address(departs.a ?? departs.b!), departs.what, changed] as const],
  )
  const same = divergence.machines.length - rows.length
  return [
    ...table(["machine", "departs at", "what differs", "changed"], rows.slice(0, mostShown)),
    ...(rows.length > mostShown ? [`... and ${rows.length - mostShown} more machines`] : []),
    ...(same === 0 ? [] : [`${same} of ${divergence.machines.length} machines do the same in both`]),
  ]
}

const what = (event: Recorded): string => {
  const { kind, payload } = event
  if (kind === "dropped") return `dropped ${payload.sender}/${payload.sendVersion} (${payload.reason})`
  if (kind === "missed") return `missed ${payload.count} ticks`
  return kind
}

const onlyIn = (run: string, events: ReadonlyArray<Recorded>): ReadonlyArray<string> =>
  shortened(
    events
      .filter(({ kind }) => kind !== "stopped")
      .map((event) => `  only in ${run}: ${address(event)} ${what(event)}`),
  )

const aside = (divergence: Divergence.Divergence, a: Read, b: Read): ReadonlyArray<string> => {
  const { otherTimes, otherQueues, onlyA, onlyB } = divergence
  const others = [...onlyIn(a.run, onlyA), ...onlyIn(b.run, onlyB)]
  return [
    ...(otherTimes.length === 0 ? [] : [`${otherTimes.length} events say the same at other times`]),
    ...(otherQueues.length === 0
      ? []
      : [`${otherQueues.length} events say the same with another queue length`]),
    ...(others.length === 0 ? [] : ["outside happened-before:", ...others]),
  ]
}

const lines = (divergence: Divergence.Divergence, a: Read, b: Read): ReadonlyArray<string> => {
  const { first, isSame, events } = divergence
  if (isSame) return [`the same: ${events.a} clock events, times and queue lengths`]
  if (first.length === 0)
    return [`the same in causal order: all ${events.a} clock events`, ...aside(divergence, a, b)]
  return [
    first.length === 1 ? "they part at" : `they part at ${first.length} events, none because of another`,
    ...shortened(partings(divergence, a, b)),
    "",
    `a is ${a.run}, b is ${b.run}`,
    ...cone(divergence),
    "",
    ...machines(divergence),
    "",
    ...aside(divergence, a, b),
  ]
}

const toJson = (divergence: Divergence.Divergence, a: Read, b: Read) => {
  const event = (run: string, one: Recorded | undefined) =>
    one === undefined ? null : EventCodec.toJson(one, run)
  const changed = ({ machine, number, what, a: ofA, b: ofB }: Divergence.Changed) => ({
    machine,
    number: number + 1,
    what,
    a: event(a.run, ofA),
    b: event(b.run, ofB),
  })
  const { isSame, first, events, cone, reached, outside, otherTimes, otherQueues } = divergence
  return {
    a: a.run,
    b: b.run,
    same: isSame,
    first: first.map(changed),
    events,
    changed: divergence.changed,
    cone,
    reached,
    outside,
    machines: divergence.machines.map(({ departs, ...rest }) => ({
      ...rest,
      departs: departs === undefined ? null : changed(departs),
    })),
    otherTimes: otherTimes.length,
    otherQueueLengths: otherQueues.length,
    onlyA: divergence.onlyA.map((one) => event(a.run, one)),
    onlyB: divergence.onlyB.map((one) => event(b.run, one)),
  }
}

export const command = (
  references: readonly [string, string],
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const store = yield* Store.open("read", invocation)
    const [runA, runB] = yield* Effect.all([
      store.catalogue.resolve(references[0]),
      store.catalogue.resolve(references[1]),
    ])
    const a = yield* read(store, runA, invocation)
    const b = yield* read(store, runB, invocation)
    const divergence = Divergence.find(a.log, b.log)
    if (options.json === true) yield* json(toJson(divergence, a, b))
    else {
      for (const text of lines(divergence, a, b)) yield* line(harmless(text))
      if (!invocation.quiet && !divergence.isSame) yield* note(`next: lightcone report ${runA} ${runB}`)
    }
    return divergence.isSame ? 0 : 1
  }).pipe(Effect.scoped)
