/**
 * A virtual run from its first event to its last: what the event loop makes, as events in the order of the log, with
 * the run's own events around them.
 */
import type { LabEvent } from "../../domain/ClockEvent.ts"
import type { Prefix } from "../../domain/Prefix.ts"
import * as RecordDecoder from "../../domain/RecordDecoder.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import * as Engine from "./Engine.ts"

export interface Turn {
  readonly events: ReadonlyArray<LabEvent>
  /** How far virtual time has come, microseconds. */
  readonly nowUs: number
}

/** The events, some thousands a turn. The run's schedule starts at `startUs`, microseconds since the Unix epoch. */
export function* turns(config: RunConfig, startUs: number, prefix?: Prefix): Generator<Turn, void> {
  const engine = Engine.make(config, prefix)
  const ofRun = (version: number, occurredAtUs: number) => ({ machine: 0, version, occurredAtUs }) as const
  yield { events: [{ ...ofRun(1, startUs), kind: "run-started", payload: config }], nowUs: 0 }
  let [lastUs, version] = [startUs, 1]
  for (let records = engine.next(); records.length > 0; records = engine.next()) {
    const events: Array<LabEvent> = []
    version = RecordDecoder.decode(records, startUs, (event) => events.push(event), version)
    for (const { occurredAtUs } of events) lastUs = Math.max(lastUs, occurredAtUs)
    yield { events, nowUs: engine.nowUs() }
  }
  yield {
    events: [{ ...ofRun(version + 1, lastUs + 1), kind: "run-finished", payload: {} }],
    nowUs: config.durationUs,
  }
}
