/** A virtual run on a network that loses, doubles and delays, with a machine that pauses and one that crashes. */
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as VirtualRun from "../../src/runtime/virtual/VirtualRun.ts"

export const modelledConfig: RunConfig.RunConfig = {
  ...RunConfig.virtualDefaults,
  machines: 4,
  seed: 9,
  rates: [2, 6, 6, 6],
  sides: 4,
  capacity: 5,
  overflow: "drop-newest",
  durationUs: 20_000_000,
  latency: { law: "uniform", lowUs: 1_000, highUs: 300_000 },
  lossPpm: 150_000,
  duplicationPpm: 200_000,
  faults: [
    { fault: "pause", machine: 2, atUs: 4_000_000 },
    { fault: "resume", machine: 2, atUs: 6_000_000 },
    { fault: "crash", machine: 3, atUs: 9_000_000 },
    { fault: "restart", machine: 3, atUs: 11_500_000 },
  ],
}

export const modelledLog = (
  config: RunConfig.RunConfig = modelledConfig,
  startUs = 1_700_000_000_000_000,
): ReadonlyArray<Logged> =>
  Array.from(VirtualRun.turns(config, startUs))
    .flatMap(({ events }) => events)
    .map((event, i) => ({ ...event, position: i + 1 }))
