/** A run that is cut short again and again, by crashes and by graceful stops, and resumed to its end. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { EventLog, type EventLogShape } from "../../src/domain/EventLog.ts"
import * as Random from "../../src/domain/Random.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"

const run = "abcdefghijkl"
const owner = "test"

const read = (log: EventLogShape): Promise<ReadonlyArray<Logged>> =>
  Effect.runPromise(log.read({ run, after: 0, limit: 1_000_000 })) as Promise<ReadonlyArray<Logged>>

const failuresOf = (log: ReadonlyArray<Logged>) =>
  Verification.verify(log).checks.flatMap(({ failures }) => failures)

/** A life of so many milliseconds from its start; a crash writes nothing more, as after kill -9, but for its lease. */
const live = async (
  log: EventLogShape,
  life: (options: Laboratory.Options) => Effect.Effect<Laboratory.Outcome, unknown, EventLog>,
  ms: number,
  crash: boolean,
): Promise<Laboratory.Outcome | undefined> => {
  let dead = false
  const mortal: EventLogShape = {
    ...log,
    append: (...batch) => Effect.suspend(() => (dead ? Effect.never : log.append(...batch))),
  }
  const started = Effect.runSync(Deferred.make<void>())
  const over = Effect.zipRight(Deferred.await(started), Effect.sleep(ms))
  const watch = () => Deferred.unsafeDone(started, Effect.void)
  const living = life({ run, owner, watch, stopRequested: crash ? Effect.never : over }).pipe(
    Effect.provideService(EventLog, mortal),
  )
  if (!crash) return Effect.runPromise(living)
  return Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(living)
      const ended = yield* Effect.raceFirst(Fiber.join(fiber), Effect.as(over, undefined))
      if (ended !== undefined) return ended
      dead = true
      yield* Fiber.interrupt(fiber)
      return undefined
    }),
  )
}

const lives = async (seed: number, over: Partial<RunConfig.RunConfig>) => {
  const draw = Random.draws(seed, Random.Purpose.fault, 1)
  const memory = EventLogMemory.make()
  const config = { ...RunConfig.defaults, seed, durationUs: 900_000, sides: 3, ...over }
  let ended: Laboratory.Outcome | undefined
  let count = 0
  for (; ended?.reason !== "finished"; count++) {
    const ms = 60 + Random.below(draw(), 250)
    const crash = Random.below(draw(), 3) > 0
    const life =
      count === 0
        ? (options: Laboratory.Options) => Laboratory.run({ ...options, config })
        : (options: Laboratory.Options) => Laboratory.resume(options)
    ended = await live(memory, life, count > 7 ? 60_000 : ms, crash)
  }
  return { log: await read(memory), lives: count }
}

describe("a run that is cut short and resumed", () => {
  const settings: ReadonlyArray<Partial<RunConfig.RunConfig>> = [
    { rates: [20, 120, 120] },
    { rates: [20, 120, 120], capacity: 4, overflow: "drop-newest" },
    { rates: [20, 120, 120], capacity: 4, overflow: "drop-oldest" },
    { rates: [30, 90], machines: 2, capacity: 2 },
    { machines: 5, rates: [20, 60, 90, 120, 30], pattern: "broadcast" },
    { machines: 5, rates: [20, 60, 90, 120, 30], pattern: "multicast:2", topology: "random:3", capacity: 3 },
    { machines: 6, rates: [10, 60, 90, 120, 150, 20], capacity: 3, overflow: "drop-newest" },
  ]
  const base = Math.floor(Math.random() * 1_000_000)
  for (const [i, over] of settings.entries())
    it(`verifies, and makes every tick that is due: ${JSON.stringify(over)}, seed ${base + i}`, async () => {
      console.log(`resumed runs: seed ${base + i}`)
      const { log, lives: made } = await lives(base + i, over)
      expect(made).toBeGreaterThan(1)
      expect(failuresOf(log)).toEqual([])
      const { counts, finished } = Verification.verify(log)
      expect(finished).toBe(true)
      expect(counts.ticks + counts.missed).toBe(counts.due)
      const resumed = log.filter(({ kind }) => kind === "run-resumed").length
      expect(resumed).toBeGreaterThan(0)
      // A life may end before its first append.
      expect(resumed).toBeLessThan(made)
    })

  it("delivers what was in flight, in order, and nothing twice", async () => {
    const { log } = await lives(5, { rates: [20, 120, 120] })
    for (const [recipient, sender] of [
      [1, 2],
      [1, 3],
      [2, 3],
    ] as const) {
      const received = log.flatMap((event) =>
        event.kind === "received" && event.machine === recipient && event.payload.sender === sender
          ? [event.payload.sendVersion]
          : [],
      )
      expect(received.length).toBeGreaterThan(0)
      expect(received).toEqual([...new Set(received)].sort((a, b) => a - b))
    }
  })
})

describe("a run that cannot be resumed", () => {
  const resume = (log: EventLogShape) =>
    Effect.runPromise(
      Laboratory.resume({ run, owner: "another", stopRequested: Effect.never }).pipe(
        Effect.provideService(EventLog, log),
        Effect.flip,
      ),
    )

  it("is finished", async () => {
    const { log } = await lives(3, { rates: [20, 40, 60], durationUs: 200_000 })
    const memory = EventLogMemory.make()
    const ownership = await Effect.runPromise(memory.create(run, owner))
    await Effect.runPromise(memory.append(ownership, 0, "all", log))
    await Effect.runPromise(memory.release(ownership))
    expect(await resume(memory)).toMatchObject({ _tag: "NotResumable", reason: "finished" })
    expect((await read(memory)).length).toBe(log.length)
  })

  it("has no events", async () => {
    const memory = EventLogMemory.make()
    await Effect.runPromise(Effect.flatMap(memory.create(run, owner), memory.release))
    expect(await resume(memory)).toMatchObject({ _tag: "NotResumable", reason: "unbegun" })
  })

  it("is unknown", async () => {
    expect(await resume(EventLogMemory.make())).toMatchObject({ _tag: "RunUnknown" })
  })

  it("is renewed by its owner meanwhile, who is named", async () => {
    const memory = EventLogMemory.make()
    const ownership = await Effect.runPromise(memory.create(run, "pid 1 on here"))
    const renewing = setInterval(() => Effect.runSync(memory.renew(ownership)), 300)
    const error = await resume(memory).finally(() => clearInterval(renewing))
    expect(error).toMatchObject({ _tag: "RunHeld", owner: "pid 1 on here" })
    expect(await Effect.runPromise(memory.head(run))).toMatchObject({ epoch: 1, position: 0 })
  })
})
