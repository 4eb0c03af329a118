/** A log as it is where somebody asked for the run before it was carried out. */
import type { Logged } from "../../src/domain/ClockEvent.ts"

/** The same log behind a request, made so much before its start; only the run's own stream is moved by that. */
export const requested = (log: ReadonlyArray<Logged>, earlierUs: number): ReadonlyArray<Logged> => {
  const [first] = log
  if (first?.kind !== "run-started") throw new Error(`A run must be started, found ${first?.kind}`)
  const request: Logged = {
    position: 1,
    machine: 0,
    version: 1,
    occurredAtUs: first.occurredAtUs - earlierUs,
    kind: "run-requested",
    payload: { config: first.payload },
  }
  const moved = log.map((event): Logged => {
    const version = event.machine === 0 ? event.version + 1 : event.version
    return { ...event, version, position: event.position + 1 }
  })
  return [request, ...moved]
}
