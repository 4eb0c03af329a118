/**
 * `replay --prove`: a virtual run is made again from its configuration, and each event compared with the record. JSON:
 * `{run, proved, events, digest, again, difference}`; difference is null, or `{position, recorded, again}` of the first
 * event that differs.
 */
import * as Effect from "effect/Effect"
import { address, type LabEvent, type Recorded } from "../domain/ClockEvent.ts"
import { UsageError } from "../domain/UsageError.ts"
import { readAll } from "../persistence/inquiry/Analysis.ts"
import * as VirtualLaboratory from "../runtime/virtual/VirtualLaboratory.ts"
import * as MadeAgain from "./MadeAgain.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import type * as Store from "./Store.ts"

const shown = (event: Recorded | LabEvent | null): string =>
  event === null ? "nothing" : `${address(event)} ${JSON.stringify(event)}`

export const prove = (run: string, store: Store.Store, asJson: boolean, invocation: Invocation) =>
  Effect.gen(function* () {
    const { position: head } = yield* store.log.head(run)
    const beginning = yield* VirtualLaboratory.beginning(store.log, run)
    const [first] = yield* store.log.read({ run, after: 0, limit: 1 })
    if (beginning !== undefined && head <= beginning.requested)
      return yield* new UsageError({
        message: `Cannot prove run ${run}: it must have begun, found that it was only requested; lightcone work carries it out`,
      })
    if (beginning === undefined)
      return yield* new UsageError({
        message: `Cannot prove run ${run}: it must be a virtual one, which follows from its configuration; found ${first?.kind === "run-imported" ? "a log from elsewhere" : "a real run"}, whose digest proves that a copy is faithful`,
      })
    const { step, finish } = MadeAgain.comparison(beginning)
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
