/**
 * `replay --prove`: a virtual run is made again from its configuration, and each event compared with the record. JSON:
 * `{run, proved, events, digest, again, difference}`; difference is null, or `{position, recorded, again}` of the first
 * event that differs.
 */
import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import * as Beginning from "../domain/Beginning.ts"
import { address, isWhole, type LabEvent, type Recorded } from "../domain/ClockEvent.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import { UsageError } from "../domain/UsageError.ts"
import { readAll } from "../persistence/inquiry/Analysis.ts"
import * as RunDigest from "../persistence/inquiry/RunDigest.ts"
import * as VirtualLaboratory from "../runtime/virtual/VirtualLaboratory.ts"
import * as VirtualRun from "../runtime/virtual/VirtualRun.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import type * as Store from "./Store.ts"

interface Difference {
  readonly position: number
  readonly recorded: Recorded | null
  readonly again: LabEvent | null
}

function* eventsOf(config: RunConfig, startUs: number): Generator<LabEvent, void> {
  for (const { events } of VirtualRun.turns(config, startUs)) yield* events
}

/** A copy says where it is from, which no run that is made again does. */
const withoutOrigin = (event: Recorded): Recorded => {
  if (event.kind !== "run-started") return event
  const { origin: _, ...payload } = event.payload
  return { ...event, payload }
}

/** The two side by side, in the order of positions. */
const comparison = ({ config, startUs, requested }: VirtualLaboratory.Beginning) => {
  const remade = eventsOf(config, startUs)
  const [recordedDigest, againDigest] = [RunDigest.make(startUs), RunDigest.make(startUs)]
  /** A request before it moves the run's own stream on by one. */
  const next = (): LabEvent | null => {
    const event = remade.next().value ?? null
    return event?.machine === 0 ? { ...event, version: event.version + requested } : event
  }
  let difference: Difference | undefined
  let events = 0
  return {
    step: (recorded: Recorded): void => {
      events++
      const { position, ...event } = withoutOrigin(recorded)
      if (recorded.kind === "run-requested") return
      const again = next()
      if (again !== null) againDigest.write(again)
      if (isWhole(recorded)) recordedDigest.write(recorded)
      if (difference === undefined && !isDeepStrictEqual(event, again))
        difference = { position, recorded, again }
    },
    finish: () => {
      const [digest, again] = [recordedDigest.finish(), againDigest.finish()]
      return { events, digest, again, difference: difference ?? null, proved: difference === undefined }
    },
  }
}

const shown = (event: Recorded | LabEvent | null): string =>
  event === null ? "nothing" : `${address(event)} ${JSON.stringify(event)}`

export const prove = (run: string, store: Store.Store, asJson: boolean, invocation: Invocation) =>
  Effect.gen(function* () {
    const { position: head } = yield* store.log.head(run)
    const log = yield* store.log.read({ run, after: 0, limit: Beginning.events })
    const beginning = VirtualLaboratory.beginningOf(log)
    const [first] = log
    if (beginning !== undefined && head <= beginning.requested)
      return yield* new UsageError({
        message: `Cannot prove run ${run}: it must have begun, found that it was only requested; lightcone work carries it out`,
      })
    if (beginning === undefined)
      return yield* new UsageError({
        message: `Cannot prove run ${run}: it must be a virtual one, which follows from its configuration; found ${first?.kind === "run-imported" ? "a log from elsewhere" : "a real run"}, whose digest proves that a copy is faithful`,
      })
    const { step, finish } = comparison(beginning)
    const bar = ProgressBar.make("running again", "events", invocation)
    yield* readAll(store.log, run, step, (position) => bar.show(position, head))
    const { events, digest, again, difference, proved } = finish()
    if (asJson) yield* json({ run, proved, events, digest, again, difference })
    else if (difference === null) {
      yield* line(`digest    ${digest}`)
      yield* line(`proved: run again, its ${events} events are the same, one by one`)
    } else {
      yield* line(harmless(`recorded  ${shown(difference.recorded)}`))
      yield* line(harmless(`again     ${shown(difference.again)}`))
      yield* line(`digest    ${digest}, again ${again}`)
      yield* line(`not proved: the event at position ${difference.position} is the first that differs`)
    }
    return proved ? 0 : 1
  })
