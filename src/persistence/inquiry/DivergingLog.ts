/** A run's whole log in memory, to be held against another's. */
import * as Effect from "effect/Effect"
import * as Beginning from "../../domain/Beginning.ts"
import type { Recorded } from "../../domain/ClockEvent.ts"
import type * as Divergence from "../../domain/Divergence.ts"
import type { EventLogShape } from "../../domain/EventLog.ts"
import { readAll } from "./Analysis.ts"

/** `progress` hears of each page's last position. A log from elsewhere counts from its first event. */
export const read = (log: EventLogShape, run: string, progress?: (position: number) => void) =>
  Effect.gen(function* () {
    const events: Array<Recorded> = []
    yield* readAll(log, run, (event) => events.push(event), progress)
    const startUs = Beginning.of(events.slice(0, Beginning.events))?.startUs ?? events[0]?.occurredAtUs ?? 0
    return { events, startUs } satisfies Divergence.Log
  })
