/** Events for tests, one of every kind, as an honest run might have them. */
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"

const startUs = 1_790_000_000_123_457

const delivery = {
  sender: 2,
  sendVersion: 7,
  senderLamport: 9,
  sentAtUs: startUs + 1,
  arrivedAtUs: startUs + 2,
}

export const oneOfEach: ReadonlyArray<LabEvent> = [
  {
    machine: 0,
    version: 1,
    occurredAtUs: startUs,
    kind: "run-started",
    payload: { ...RunConfig.defaults, seed: Number.MAX_SAFE_INTEGER, rates: [1, 2, 6] },
  },
  {
    machine: 1,
    version: 1,
    occurredAtUs: startUs + 3,
    lamport: 0,
    queueLength: 0,
    kind: "started",
    payload: { rate: 6, phaseUs: 166_665, peers: [2, 3] },
  },
  {
    machine: 1,
    version: 2,
    occurredAtUs: startUs + 4,
    lamport: 1,
    queueLength: 0,
    kind: "internal",
    payload: {},
  },
  {
    machine: 1,
    version: 3,
    occurredAtUs: startUs + 5,
    lamport: 2,
    queueLength: 0,
    kind: "internal",
    payload: { label: 'a "label", with {braces}, \\ and NULL' },
  },
  {
    machine: 1,
    version: 4,
    occurredAtUs: startUs + 6,
    lamport: 3,
    queueLength: 0,
    kind: "sent",
    payload: { recipients: [2, 3] },
  },
  {
    machine: 1,
    version: 5,
    occurredAtUs: startUs + 7,
    lamport: 10,
    queueLength: 4,
    kind: "received",
    payload: delivery,
  },
  {
    machine: 1,
    version: 6,
    occurredAtUs: startUs + 8,
    lamport: 10,
    queueLength: 4,
    kind: "dropped",
    payload: { ...delivery, reason: "drop-oldest" },
  },
  {
    machine: 1,
    version: 7,
    occurredAtUs: startUs + 9,
    lamport: 10,
    queueLength: 4,
    kind: "missed",
    payload: { first: 3, count: 2, reason: "store-outage" },
  },
  {
    machine: 1,
    version: 8,
    occurredAtUs: startUs + 10,
    lamport: 10,
    queueLength: 1,
    kind: "stopped",
    payload: { reason: "interrupted", inbox: [delivery] },
  },
  {
    machine: 1,
    version: 9,
    occurredAtUs: startUs + 11,
    lamport: 10,
    queueLength: 0,
    kind: "resumed",
    payload: { downUs: 5_000_000 },
  },
  { machine: 0, version: 2, occurredAtUs: startUs + 12, kind: "run-resumed", payload: { downUs: 1 } },
  { machine: 0, version: 3, occurredAtUs: startUs + 13, kind: "run-finished", payload: {} },
]

/** `count` events of one machine's stream, from `version` on. */
export const internals = (machine: number, version: number, count: number): ReadonlyArray<LabEvent> =>
  Array.from({ length: count }, (_, i) => ({
    machine,
    version: version + i,
    occurredAtUs: startUs + version + i,
    lamport: version + i,
    queueLength: 0,
    kind: "internal" as const,
    payload: {},
  }))

/** A send of `machine` in its stream's place `version`. */
export const sent = (machine: number, version: number, recipients: ReadonlyArray<number>): LabEvent => ({
  machine,
  version,
  occurredAtUs: startUs + version,
  lamport: version,
  queueLength: 0,
  kind: "sent",
  payload: { recipients },
})
