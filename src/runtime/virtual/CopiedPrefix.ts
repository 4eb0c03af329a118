/**
 * The prefix of a fork of a real run, from its own log; or from its parent's, as long as its own does not have all of
 * it.
 */
import * as Effect from "effect/Effect"
import * as Beginning from "../../domain/Beginning.ts"
import * as Change from "../../domain/Change.ts"
import type { MachineEvent } from "../../domain/ClockEvent.ts"
import { type EventLogShape, RunUnknown, type StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import * as Prefix from "../../domain/Prefix.ts"

/** The first `count` events of machines, as records; undefined if the log has not as many. */
const recordsOf = (
  log: EventLogShape,
  run: string,
  count: number,
): Effect.Effect<Uint8Array | undefined, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const begun = Beginning.of(yield* log.read({ run, after: 0, limit: Beginning.events }))
    if (begun?.startUs === undefined) return undefined
    const encoder = Prefix.recorder(begun.startUs)
    let [left, after] = [count, begun.before + 1]
    while (left > 0) {
      const page = yield* log.read({ run, after, limit: Math.min(left, Limits.eventsPerPage) })
      if (page.length === 0) return undefined
      for (const event of page) encoder.write(event as MachineEvent)
      left -= page.length
      after += page.length
    }
    return encoder.take()
  })

/** Undefined of a run that copied nothing. */
export const of = (
  log: EventLogShape,
  run: string,
  { config, parent, underWay }: Beginning.Beginning,
): Effect.Effect<Prefix.Prefix | undefined, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const count = Change.copied(config.changes)
    if (count === 0 || parent === undefined) return undefined
    const records = (yield* recordsOf(log, run, count)) ?? (yield* recordsOf(log, parent.run, count))
    return records === undefined ? yield* new RunUnknown({ run: parent.run }) : { records, underWay }
  })
