/** What is published of a virtual run: its configuration, digest, first events and final states. */
import { createHash } from "node:crypto"
import type { LabEvent, MachineEvent } from "../../src/domain/ClockEvent.ts"
import * as Digest from "../../src/domain/Digest.ts"
import * as RecordDecoder from "../../src/domain/RecordDecoder.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Engine from "../../src/runtime/virtual/Engine.ts"

const eventsShown = 20
const machinesShown = 10

const virtual = (given: Partial<RunConfig.RunConfig>): RunConfig.RunConfig => ({
  ...RunConfig.virtualDefaults,
  ...given,
})

/** On links whose messages overtake each other; seeds of which a message is held back among the first events. */
const ordered = (given: Partial<RunConfig.RunConfig>): RunConfig.RunConfig =>
  virtual({
    machines: 4,
    sides: 5,
    durationUs: 10_000_000,
    links: "unordered",
    latency: { law: "exponential", meanUs: 400_000 },
    ...given,
  })

export const configurations: ReadonlyArray<RunConfig.RunConfig> = [
  virtual({ seed: 7 }),
  virtual({ seed: 9_007_199_254_740_991, rates: [1, 3, 6], sides: 5 }),
  virtual({ seed: 1, machines: 1, durationUs: 2_000_000 }),
  virtual({ seed: 2, machines: 2, sides: 3, capacity: 2 }),
  virtual({
    seed: 3,
    machines: 20,
    sides: 4,
    capacity: 2,
    overflow: "drop-newest",
    rateRange: [1, 40],
    latency: { law: "uniform", lowUs: 1, highUs: 400_000 },
  }),
  virtual({
    seed: 4,
    machines: 7,
    sides: 3,
    capacity: 3,
    overflow: "drop-oldest",
    rates: [1, 1, 1_000, 1_000, 50, 50, 50],
    durationUs: 5_000_000,
    latency: { law: "constant", us: 1 },
  }),
  virtual({
    seed: 6,
    machines: 5,
    sides: 3,
    capacity: 3,
    overflow: "drop-newest",
    durationUs: 20_000_000,
    latency: { law: "exponential", meanUs: 150_000 },
    links: "unordered",
    lossPpm: 50_000,
    duplicationPpm: 100_000,
    skewPpm: 10_000,
  }),
  virtual({
    seed: 8,
    sides: 3,
    rates: [4, 4, 2],
    durationUs: 12_000_000,
    latency: { law: "constant", us: 200_000 },
    duplicationPpm: 200_000,
    faults: [
      { fault: "pause", machine: 1, atUs: 2_000_000 },
      { fault: "resume", machine: 1, atUs: 4_500_000 },
      { fault: "cut", from: 2, to: 3, atUs: 3_000_000 },
      { fault: "crash", machine: 2, atUs: 5_000_000 },
      { fault: "delay", from: 1, to: 2, delayUs: 700_000, atUs: 5_000_000 },
      { fault: "heal", from: 2, to: 3, atUs: 6_000_000 },
      { fault: "restart", machine: 2, atUs: 7_250_000 },
      { fault: "pause", machine: 3, atUs: 11_500_000 },
    ],
  }),
  virtual({ seed: 5, machines: 1_000, equalRates: true, durationUs: 10_000_000 }),
  virtual({ seed: 9, machines: 20, sides: 4, pattern: "broadcast", durationUs: 10_000_000 }),
  virtual({ seed: 10, machines: 9, topology: "star", durationUs: 20_000_000 }),
  virtual({ seed: 11, machines: 11, sides: 5, topology: "grid", durationUs: 10_000_000 }),
  virtual({
    seed: 12,
    machines: 8,
    sides: 5,
    topology: "random:5",
    pattern: "multicast:3",
    durationUs: 10_000_000,
    latency: { law: "uniform", lowUs: 1, highUs: 400_000 },
    faults: [{ fault: "crash", machine: 3, atUs: 4_000_000 }],
  }),
  virtual({ seed: 13, machines: 6, topology: "complete", pattern: "multicast:2", durationUs: 10_000_000 }),
  virtual({
    seed: 14,
    machines: 6,
    sides: 3,
    topology: "ring",
    pattern: "multicast:1",
    durationUs: 10_000_000,
  }),
  ordered({ seed: 48, delivery: "fifo", capacity: 2, overflow: "drop-oldest" }),
  ordered({ seed: 43, delivery: "causal", pattern: "broadcast" }),
  ordered({ seed: 101, delivery: "causal", topology: "complete", pattern: "multicast:2" }),
  ordered({
    seed: 35,
    delivery: "total",
    pattern: "broadcast",
    faults: [
      { fault: "pause", machine: 2, atUs: 3_000_000 },
      { fault: "resume", machine: 2, atUs: 5_000_000 },
    ],
  }),
  virtual({
    seed: 15,
    machines: 4,
    sides: 4,
    topology: "complete",
    workload: "mutex",
    durationUs: 30_000_000,
    latency: { law: "uniform", lowUs: 1, highUs: 400_000 },
    faults: [
      { fault: "crash", machine: 2, atUs: 8_000_000 },
      { fault: "restart", machine: 2, atUs: 10_000_000 },
    ],
  }),
  virtual({
    seed: 16,
    machines: 6,
    sides: 6,
    topology: "grid",
    pattern: "multicast:2",
    workload: "snapshot",
    durationUs: 30_000_000,
    latency: { law: "uniform", lowUs: 1, highUs: 900_000 },
    duplicationPpm: 50_000,
  }),
]

export const vectorOf = (config: RunConfig.RunConfig) => {
  const hash = createHash("sha256").update(Digest.encoder(0).take())
  const first: Array<LabEvent> = []
  const states = new Map<number, object>()
  let events = 0
  for (const records of Engine.recordsOf(config)) {
    hash.update(records)
    RecordDecoder.decode(records, 0, (event) => {
      events++
      if (first.length < eventsShown) first.push(event)
      if (event.machine === 0) return
      const { machine, version, lamport, queueLength } = event as MachineEvent
      if (machine <= machinesShown) states.set(machine, { machine, version, lamport, queueLength })
    })
  }
  return { config, events, digest: hash.digest("hex"), first, states: [...states.values()] }
}
