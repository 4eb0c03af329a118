/** Logs that are at hand as arrays, by the name of their run, for what only reads. */
import * as Effect from "effect/Effect"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { type EventLogShape, RunUnknown } from "../../src/domain/EventLog.ts"

const readsOnly = () => Effect.dieMessage("this log is only read")

export const arrayLog = (runs: Readonly<Record<string, ReadonlyArray<Logged>>>): EventLogShape => ({
  create: readsOnly,
  claim: readsOnly,
  append: readsOnly,
  recordsPerAppend: 0,
  appendRecords: readsOnly,
  renew: readsOnly,
  release: readsOnly,
  head: readsOnly,
  readSends: readsOnly,
  read: ({ run, after, limit }) => {
    const events = runs[run]
    return events === undefined
      ? Effect.fail(new RunUnknown({ run }))
      : Effect.succeed(events.slice(after, after + limit))
  },
})
