/** Virtual runs on their way into a log that does not always answer, and that others write too. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { LabEvent } from "../../../src/domain/ClockEvent.ts"
import { EventLog, type EventLogShape, StoreUnavailable } from "../../../src/domain/EventLog.ts"
import * as RecordDecoder from "../../../src/domain/RecordDecoder.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as EventLogMemory from "../../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../../src/runtime/Laboratory.ts"
import * as Blocks from "../../../src/runtime/virtual/Blocks.ts"
import * as VirtualLaboratory from "../../../src/runtime/virtual/VirtualLaboratory.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { drawnEvents, recordsOf } from "../../support/Records.ts"
import { drawn } from "./DrawnConfig.ts"

const run = "abcdefghijkl"
const options = { run, owner: "test", stopRequested: Effect.never }
const unavailable = Effect.fail(new StoreUnavailable({ doing: "append", reason: "the answer was lost" }))
/** Of some 40,000 events, so that blocks of several sizes are stored. */
const config: RunConfig.RunConfig = {
  ...RunConfig.defaults,
  mode: "virtual",
  machines: 100,
  seed: 5,
  durationUs: 115_000_000,
}

const made = (of: RunConfig.RunConfig, startUs: number): ReadonlyArray<LabEvent> =>
  [...VirtualRun.turns(of, startUs)].flatMap(({ events }) => events)

const stored = async (log: EventLogShape): Promise<ReadonlyArray<LabEvent>> => {
  const events = await Effect.runPromise(log.read({ run, after: 0, limit: 10_000_000 }))
  return events.map(({ position: _, ...event }) => event as LabEvent)
}

const store = (log: EventLogShape, of: RunConfig.RunConfig = config) =>
  Effect.runPromise(
    Effect.either(Effect.provideService(VirtualLaboratory.run({ ...options, config: of }), EventLog, log)),
  )

/** Which appends of records fail, and how, by their number from 1. */
const unreliable = (
  log: EventLogShape,
  change: (call: number, append: ReturnType<EventLogShape["append"]>) => ReturnType<EventLogShape["append"]>,
): EventLogShape => {
  let calls = 0
  return {
    ...log,
    appendRecords: (...batch) => Effect.suspend(() => change(++calls, log.appendRecords(...batch))),
  }
}

describe("a virtual run is stored", () => {
  it("with the events that its engine makes, whatever its configuration", async () => {
    const first = Math.floor(Math.random() * 1_000_000)
    console.log(`storing: seeds from ${first}`)
    for (let seed = first; seed < first + 20; seed++) {
      const log = EventLogMemory.make()
      const of: RunConfig.RunConfig = { ...drawn(seed), mode: "virtual" }
      expect(await store(log, of)).toMatchObject({ _tag: "Right", right: { reason: "finished" } })
      const events = await stored(log)
      expect(events, `seed ${seed}`).toEqual(made(of, events[0]!.occurredAtUs))
    }
  })

  it("once, though the answer to an append was lost or the store was away", async () => {
    for (const isDone of [true, false]) {
      const memory = EventLogMemory.make()
      const log = unreliable(memory, (call, append) => {
        if (call !== 2 && call !== 3) return append
        return isDone ? Effect.zipRight(append, unavailable) : unavailable
      })
      expect(await store(log)).toMatchObject({ _tag: "Right" })
      const events = await stored(memory)
      expect(events).toEqual(made(config, events[0]!.occurredAtUs))
    }
  })

  it("by one owner: it ends when another has taken it over", async () => {
    let nowMs = 0
    const memory = EventLogMemory.make(() => nowMs)
    const log = unreliable(memory, (call, append) => {
      if (call !== 2) return append
      nowMs += 60_000
      return Effect.zipRight(Effect.orDie(memory.claim(run, "another")), append)
    })
    expect(await store(log)).toMatchObject({ _tag: "Left", left: { _tag: "Fenced", foundOwner: "another" } })
    const before = (await stored(memory)).length
    expect(before).toBeGreaterThan(1)
    expect(before).toBeLessThan(made(config, 0).length)
  })

  it("in a store that keeps it: one that went back is told", async () => {
    const older = EventLogMemory.make()
    await Effect.runPromise(older.create(run, "test"))
    const memory = EventLogMemory.make()
    let calls = 0
    const log: EventLogShape = {
      ...memory,
      appendRecords: (...batch) => (++calls === 2 ? older : memory).appendRecords(...batch),
    }
    expect(await store(log)).toMatchObject({ _tag: "Left", left: { _tag: "StoreLost", found: "ends at 0" } })
  })

  it("from wherever it was broken off", async () => {
    const startUs = 1_790_000_000_000_000
    const all = made(config, startUs)
    for (const head of [1, 2, 4_097, 12_345, all.length - 101, all.length - 1]) {
      const log = EventLogMemory.make()
      const ownership = await Effect.runPromise(log.create(run, "first"))
      await Effect.runPromise(log.append(ownership, 0, "all", all.slice(0, head)))
      await Effect.runPromise(log.release(ownership))
      const resumed = Effect.provideService(Laboratory.resume(options), EventLog, log)
      expect(await Effect.runPromise(resumed)).toMatchObject({ reason: "finished", events: all.length })
      expect(await stored(log), `from ${head}`).toEqual(all)
    }
  })

  it("while no more than a block beyond what is being stored is made", async () => {
    const long = { ...config, durationUs: 2_000_000_000 }
    const never = Deferred.unsafeMake<never>(undefined as never)
    let progress = 0
    let stopped = (): void => {}
    const stopRequested = Effect.async<void>((resume) => {
      stopped = () => resume(Effect.void)
    })
    const log = unreliable(EventLogMemory.make(), (call, append) =>
      call === 1 ? append : Effect.zipRight(Deferred.await(never), append),
    )
    const running = Effect.runFork(
      Effect.provideService(
        VirtualLaboratory.run({
          ...options,
          config: long,
          stopRequested,
          onProgress: (nowUs) => {
            progress = nowUs
          },
        }),
        EventLog,
        log,
      ),
    )
    let before = -1
    while (before !== progress || progress === 0) {
      before = progress
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    // Some 350 events a second: the first blocks are of a few turns, the last is full.
    expect((progress / 1_000_000) * 350).toBeLessThan(3 * 65_536)
    expect(progress).toBeLessThan(long.durationUs)
    stopped()
    await Effect.runPromise(running.interruptAsFork(running.id()))
  })
})

describe("blocks", () => {
  it("hold every record after those that are stored, faults with their versions", () => {
    const seed = Math.floor(Math.random() * 1_000_000)
    console.log(`blocks: seed ${seed}`)
    const events = drawnEvents(seed, 500)
    // A run's own stream begins with `run-started`.
    const all = events.map((event) =>
      event.machine === 0 ? { ...event, version: event.version + 1 } : event,
    )
    const { startUs } = recordsOf([])
    for (const [skipped, turn, taken] of [
      [0, 7, 3],
      [1, 50, 1],
      [123, 50, 2],
      [499, 500, 1],
      [500, 60, 4],
    ] as const) {
      let at = 0
      const next = () => {
        const from = at
        at += turn
        return recordsOf(all.slice(from, at)).bytes
      }
      const blocks = Blocks.make({ next }, startUs, skipped)
      const found: Array<LabEvent> = []
      const take = () => {
        const block = blocks.take()
        const decoded = RecordDecoder.events(block)
        expect(decoded.length).toBe(block.events)
        found.push(...decoded)
      }
      for (let turns = 1; blocks.make(); turns++) if (turns % taken === 0) take()
      take()
      expect(found).toEqual(all.slice(skipped))
      expect(blocks.lastUs()).toBe(Math.max(startUs, ...all.map(({ occurredAtUs }) => occurredAtUs)))
      expect(blocks.runVersion()).toBe(1 + all.filter(({ machine }) => machine === 0).length)
    }
  })
})
