import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import { type EventLogShape, StoreUnavailable } from "../../src/domain/EventLog.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Recorder from "../../src/runtime/Recorder.ts"
import { internals } from "../support/Events.ts"

const unavailable = Effect.fail(new StoreUnavailable({ doing: "append", reason: "the answer was lost" }))
const run = "abcdefghijkl"

/** Records five events over a log that `change` makes unreliable; what came of it. */
const record = (change: (log: EventLogShape) => EventLogShape) =>
  Effect.gen(function* () {
    const memory = EventLogMemory.make()
    const ownership = yield* memory.create(run, "owner")
    const acknowledged: Array<LabEvent> = []
    const recorder = yield* Recorder.make(change(memory), ownership, {
      head: 0,
      committed: (events) => acknowledged.push(...events),
    })
    for (const event of internals(1, 1, 5)) recorder.offer(event)
    const outcome = yield* Effect.either(recorder.flushed)
    const stored = yield* memory.read({ run, after: 0, limit: 100 })
    return { outcome, acknowledged, stored: stored.map(({ version }) => version), memory, ownership }
  }).pipe(Effect.scoped, Effect.runPromise)

describe("the recorder", () => {
  it("writes once a batch whose commit took place though its answer was lost", async () => {
    let calls = 0
    const result = await record((log) => ({
      ...log,
      append: (...batch) => {
        const done = log.append(...batch)
        return calls++ === 0 ? Effect.zipRight(done, unavailable) : done
      },
    }))
    expect(calls).toBe(2)
    expect(result.stored).toEqual([1, 2, 3, 4, 5])
    expect(result.acknowledged.length).toBe(5)
  })

  it("writes once a batch whose commit did not take place", async () => {
    let calls = 0
    const result = await record((log) => ({
      ...log,
      append: (...batch) => (calls++ < 2 ? unavailable : log.append(...batch)),
    }))
    expect(result.stored).toEqual([1, 2, 3, 4, 5])
  })

  it("says that a store lost what it acknowledged, and acknowledges nothing more", async () => {
    let head = 0
    const result = await record((log) => ({
      ...log,
      append: (ownership, expected, batch, events) => {
        if (head === 0) {
          head = 10
          return Effect.succeed(10)
        }
        return log.append(ownership, expected, batch, events)
      },
    }))
    expect(result.outcome._tag).toBe("Right")
    const recorder = await Effect.gen(function* () {
      const again = yield* Recorder.make(result.memory, result.ownership, { head: 10, committed: () => {} })
      for (const event of internals(1, 11, 1)) again.offer(event)
      return yield* Effect.flip(again.flushed)
    }).pipe(Effect.scoped, Effect.runPromise)
    expect(recorder).toMatchObject({ _tag: "StoreLost", acknowledged: 10, found: "ends at 0" })
  })

  it("fails when another has taken the run over", async () => {
    const result = await record((log) => ({
      ...log,
      append: (ownership, ...rest) => log.append({ ...ownership, epoch: 0 }, ...rest),
    }))
    expect(result.outcome).toMatchObject({ _tag: "Left", left: { _tag: "Fenced" } })
    expect(result.acknowledged).toEqual([])
  })
})
