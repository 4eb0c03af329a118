/** Random faults on a real run: whatever machines and links go through, its record verifies and says so. */
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { EventLog } from "../../src/domain/EventLog.ts"
import * as Fault from "../../src/domain/Fault.ts"
import * as Random from "../../src/domain/Random.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"

const run = "abcdefghijkl"
const durationUs = 1_500_000

const carryOut = async (over: Partial<RunConfig.RunConfig>): Promise<ReadonlyArray<Logged>> => {
  const memory = EventLogMemory.make()
  const config = { ...RunConfig.defaults, sides: 3, durationUs, rates: [20, 90, 120], ...over }
  await Effect.runPromise(
    Laboratory.run({ run, owner: "test", config, stopRequested: Effect.never }).pipe(
      Effect.provideService(EventLog, memory),
    ),
  )
  return (await Effect.runPromise(memory.read({ run, after: 0, limit: 1_000_000 }))) as ReadonlyArray<Logged>
}

const faultsOf = (texts: ReadonlyArray<string>): ReadonlyArray<Fault.Fault> =>
  Fault.inOrder(
    Fault.ended(
      texts.flatMap((text) => {
        const parsed = Fault.parse(text)
        if (parsed._tag === "Left") throw new Error(parsed.left)
        return parsed.right
      }),
      durationUs,
    ),
  )

const drawn = (seed: number): ReadonlyArray<string> => {
  const draws = Random.draws(seed, Random.Purpose.fault, 2)
  const draw = (below: number) => Random.below(draws(), below)
  return Array.from({ length: 1 + draw(4) }, () => {
    const machine = 1 + draw(3)
    const link = `${machine}${draw(2) === 0 ? "-" : "->"}${1 + (machine % 3)}`
    const when = `at ${50 + draw(1_000)}ms for ${20 + draw(700)}ms`
    return [
      `pause ${machine} ${when}`,
      `crash ${machine} ${when}`,
      `cut ${link} ${when}`,
      `delay ${link} by ${1 + draw(150)}ms ${when}`,
    ][draw(4)]!
  })
}

const failuresOf = (log: ReadonlyArray<Logged>) =>
  Verification.verify(log).checks.flatMap(({ failures }) => failures)

describe("a run with faults", () => {
  const base = Math.floor(Math.random() * 1_000_000)
  const policies = ["backpressure", "drop-newest", "drop-oldest"] as const
  for (let i = 0; i < 9; i++) {
    const seed = base + i
    const overflow = policies[i % 3]!
    it(`verifies, and records each of them: ${overflow}, seed ${seed}`, async () => {
      const faults = faultsOf(drawn(seed))
      console.log(`faults, seed ${seed}: ${faults.map(Fault.write).join("; ")}`)
      const log = await carryOut({ seed, overflow, capacity: 4, faults })
      expect(failuresOf(log)).toEqual([])
      const { finished, counts } = Verification.verify(log)
      expect(finished).toBe(true)
      expect(counts.ticks + counts.missed).toBe(counts.due)
      const recorded = log.flatMap((event) => (event.kind === "fault-injected" ? [event.payload] : []))
      // What was to happen at the very end may come after it.
      expect(recorded).toEqual(faults.slice(0, recorded.length))
      expect(faults.slice(recorded.length).every(({ atUs }) => atUs > durationUs - 100_000)).toBe(true)
    })
  }

  it("makes no tick of a machine while it is paused or down, and takes nothing over a cut link", async () => {
    const faults = faultsOf([
      "crash 2 at 300ms for 500ms",
      "pause 3 at 300ms for 500ms",
      "cut 1->2 at 900ms for 400ms",
    ])
    const log = await carryOut({ seed: 7, faults })
    expect(failuresOf(log)).toEqual([])
    const startUs = log[0]!.occurredAtUs
    const inTime = (from: number, to: number) =>
      log.filter(({ occurredAtUs }) => occurredAtUs > startUs + from && occurredAtUs < startUs + to)
    expect(inTime(350_000, 790_000).filter(({ machine }) => machine === 2 || machine === 3)).toEqual([])
    const arrived = log.filter(
      (event) =>
        event.kind === "received" &&
        event.machine === 2 &&
        event.payload.sender === 1 &&
        event.payload.arrivedAtUs > startUs + 950_000 &&
        event.payload.arrivedAtUs < startUs + 1_290_000,
    )
    expect(arrived).toEqual([])
    expect(log.filter(({ kind, machine }) => kind === "resumed" && machine === 2).length).toBe(1)
  })

  it("ends with its last event, though faults end at that very moment", async () => {
    const faults = faultsOf([
      "cut 1->2 at 1s for 500ms",
      "cut 2->3 at 1s for 500ms",
      "cut 3->1 at 1s for 500ms",
    ])
    const log = await carryOut({ seed: 9, faults })
    expect(failuresOf(log)).toEqual([])
    expect(log.at(-1)!.kind).toBe("run-finished")
  })

  it("delays what a link carries", async () => {
    const log = await carryOut({ seed: 8, faults: faultsOf(["delay 3->2 by 120ms at 0s"]) })
    const delays = log.flatMap((event) =>
      event.kind === "received" && event.machine === 2 && event.payload.sender === 3
        ? [event.payload.arrivedAtUs - event.payload.sentAtUs]
        : [],
    )
    expect(delays.length).toBeGreaterThan(5)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(115_000)
  })
})
