/** Events as the records of docs/SPEC.md, and events drawn at random of every kind that records tell of. */

import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import * as Digest from "../../src/domain/Digest.ts"
import type { Fault } from "../../src/domain/Fault.ts"
import * as Random from "../../src/domain/Random.ts"
import type { EventRecords } from "../../src/domain/RecordDecoder.ts"

const startUs = 1_790_000_000_123_457

export const recordsOf = (events: ReadonlyArray<LabEvent>): EventRecords => {
  const encoder = Digest.encoder(startUs)
  for (const event of events) encoder.write(event)
  return {
    bytes: Uint8Array.from(encoder.take().subarray(Digest.blockBytes)),
    events: events.length,
    startUs,
    runVersion: 0,
  }
}

const labels = [
  "",
  "a\tb",
  'quotes " and {braces}',
  "\\N",
  "\\",
  "line\nbreak",
  "né ☂ 🎈",
  "x".repeat(200),
  "\\t\\",
]

/** Streams of machines 1 to 3 and the run's own, each without a gap; otherwise whatever the numbers are. */
export const drawnEvents = (seed: number, count: number): ReadonlyArray<LabEvent> => {
  const draw = Random.draws(seed, Random.Purpose.fault, 0)
  const below = (n: number): number => Random.below(draw(), n)
  const integer = (): number => [below(12), below(100_000), 99_999_999, 100_000_000, 2_147_483_647][below(5)]!
  const timeUs = (): number =>
    startUs + [below(2_000_000) * 1_000, -below(1_000), 0, 604_800_000_000][below(4)]!
  const list = (): ReadonlyArray<number> =>
    Array.from({ length: below(4) === 0 ? below(60) : below(4) }, integer)
  const label = () => (below(3) === 0 ? { label: labels[below(labels.length)]! } : {})
  const delivery = () => ({
    sender: integer(),
    sendVersion: integer(),
    senderLamport: integer(),
    sentAtUs: timeUs(),
    arrivedAtUs: timeUs(),
  })
  const inbox = () => Array.from({ length: below(6) }, delivery)
  const fault = (): Fault => {
    const [place, atUs] = [{ from: 1 + below(1_000), to: 1 + below(1_000) }, below(2_000_000)]
    switch (below(3)) {
      case 0:
        return {
          fault: (["pause", "resume", "crash", "restart"] as const)[below(4)]!,
          machine: 1 + below(1_000),
          atUs,
        }
      case 1:
        return { fault: (["cut", "heal"] as const)[below(2)]!, ...place, atUs }
      default:
        return { fault: "delay", ...place, delayUs: below(2_000_000) * 4_000, atUs }
    }
  }
  const kinds: ReadonlyArray<() => object> = [
    () => ({ kind: "internal", payload: label() }),
    () => ({ kind: "sent", payload: { recipients: list(), ...label() } }),
    () => ({ kind: "received", payload: delivery() }),
    () => ({ kind: "started", payload: { rate: integer(), phaseUs: integer(), peers: list() } }),
    () => ({
      kind: "dropped",
      payload: { ...delivery(), reason: (["drop-newest", "drop-oldest"] as const)[below(2)]! },
    }),
    () => ({
      kind: "missed",
      payload: {
        first: integer(),
        count: integer(),
        reason: (["overdue", "store-outage"] as const)[below(2)]!,
      },
    }),
    () => ({
      kind: "stopped",
      payload: { reason: (["finished", "interrupted", "store-lost"] as const)[below(3)]!, inbox: inbox() },
    }),
    () => ({ kind: "resumed", payload: { downUs: below(2_000_000) * 1_000 } }),
  ]
  const versions = [0, 0, 0, 0]
  return Array.from({ length: count }, () => {
    const machine = below(8) === 0 ? 0 : 1 + below(3)
    const stamp = { machine, version: ++versions[machine]!, occurredAtUs: timeUs() }
    if (machine === 0) return { ...stamp, kind: "fault-injected", payload: fault() } as LabEvent
    const clock = { lamport: integer(), queueLength: integer() }
    return { ...stamp, ...clock, ...kinds[below(kinds.length)]!() } as LabEvent
  })
}
