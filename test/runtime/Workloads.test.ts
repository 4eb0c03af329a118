/** Workloads on machines that are joined by TCP, with what a network and a scheduler may do to them. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { describe, expect, it } from "vitest"
import { EventLog } from "../../src/domain/EventLog.ts"
import type * as Fault from "../../src/domain/Fault.ts"
import * as Replay from "../../src/domain/Replay.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Verification from "../../src/domain/Verification.ts"
import type * as Workload from "../../src/domain/Workload.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"

const run = "abcdefghijkl"

const faults: ReadonlyArray<Fault.Fault> = [
  { fault: "delay", from: 2, to: 1, delayUs: 50_000, atUs: 300_000 },
  { fault: "cut", from: 1, to: 2, atUs: 800_000 },
  { fault: "pause", machine: 3, atUs: 900_000 },
  { fault: "heal", from: 2, to: 1, atUs: 1_000_000 },
  { fault: "resume", machine: 3, atUs: 1_200_000 },
  { fault: "heal", from: 1, to: 2, atUs: 1_300_000 },
]

const carriedOut = async (workload: Workload.Name) => {
  const config: RunConfig.RunConfig = {
    ...RunConfig.defaults,
    workload,
    topology: "complete",
    seed: 11,
    durationUs: 4_000_000,
    rates: [120, 150, 200],
    sides: 4,
    faults,
  }
  const memory = EventLogMemory.make()
  await Effect.runPromise(
    Laboratory.run({ run, owner: "test", config, stopRequested: Effect.never }).pipe(
      Effect.provideService(EventLog, memory),
      Effect.provide(Logger.remove(Logger.defaultLogger)),
    ),
  )
  const log = await Effect.runPromise(memory.read({ run, after: 0, limit: 1_000_000 }))
  const replay = Replay.make()
  for (const event of log) replay.step(event)
  expect(replay.outcome().differences).toEqual([])
  const { checks, verified } = Verification.verify(log)
  expect(checks.flatMap(({ failures }) => failures)).toEqual([])
  expect(verified).toBe(true)
  const { rules } = checks.find(({ invariant }) => /mutual|snapshots/.test(invariant))!
  return Object.fromEntries(rules.map(({ rule, checked }) => [rule, checked]))
}

describe("on TCP, with a delay, a cut and a pause,", () => {
  it("critical sections do not overlap and are entered in the order of requests", async () => {
    const { exclusion, order } = await carriedOut("mutex")
    expect(exclusion).toBeGreaterThan(10)
    expect(order).toBe(exclusion)
  })

  it("snapshots are consistent and hold every token", async () => {
    const { total, channels, consistent } = await carriedOut("snapshot")
    expect(total).toBeGreaterThan(5)
    expect(channels).toBeGreaterThan(30)
    expect(consistent).toBeGreaterThan(100)
  })
})
