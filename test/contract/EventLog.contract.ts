/** What every event log must do. `make` gives a log over a store that others may use at the same time. */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import type { EventLogShape } from "../../src/domain/EventLog.ts"
import * as RunId from "../../src/domain/RunId.ts"
import { internals, oneOfEach, sent } from "../support/Events.ts"
import { drawnEvents, recordsOf } from "../support/Records.ts"

const { runPromise } = Effect
const newRun = () => RunId.fromBytes(randomBytes(64))
const tagOf = (attempt: Effect.Effect<unknown, { readonly _tag: string }>) =>
  runPromise(
    Effect.map(Effect.either(attempt), (result) => (Either.isLeft(result) ? result.left._tag : "done")),
  )

export interface Subject {
  readonly log: EventLogShape
  /** Lets the lease of a run run out at once. */
  readonly expireLease: (run: string) => Promise<void>
}

/** The two ways in; what is said of one holds of the other. */
const ways = (
  subject: () => Subject,
): ReadonlyArray<readonly [as: string, append: EventLogShape["append"]]> => [
  ["", (...batch) => subject().log.append(...batch)],
  [
    ", as records",
    (ownership, head, batch, events) =>
      subject().log.appendRecords(ownership, head, batch, recordsOf(events)),
  ],
]

export const eventLogContract = (name: string, subject: () => Subject): void => {
  const all = async (run: string, limit = 5) => {
    const events: Array<LabEvent> = []
    for (let after = 0; ; ) {
      const page = await runPromise(subject().log.read({ run, after, limit }))
      if (page.length === 0) return events
      expect(page.map(({ position }) => position)).toEqual(page.map((_, i) => after + i + 1))
      after = page[page.length - 1]!.position
      events.push(...page.map(({ position: _, ...event }) => event as LabEvent))
    }
  }
  const created = async (owner = "first") => {
    const run = newRun()
    return { run, ownership: await runPromise(subject().log.create(run, owner)) }
  }

  describe(`the event log: ${name}`, () => {
    it("gives back every kind of event bit for bit", async () => {
      const { run, ownership } = await created()
      expect(await runPromise(subject().log.append(ownership, 0, "b1", oneOfEach))).toBe(oneOfEach.length)
      expect(await all(run)).toEqual(oneOfEach)
    })

    it("gives back whatever events it was given, in whatever batches", async () => {
      const batches = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(batches, async (sizes) => {
          const { run, ownership } = await created()
          const written: Array<LabEvent> = []
          for (const [i, size] of sizes.entries()) {
            const batch = internals(1, written.length + 1, size)
            await runPromise(subject().log.append(ownership, written.length, `b${i}`, batch))
            written.push(...batch)
          }
          expect(await all(run, 64)).toEqual(written)
        }),
        { numRuns: 10 },
      )
    })

    it("gives back events of every kind that it was given as records, in whatever batches", async () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(sizes, fc.nat(), async (sizes, seed) => {
          const { run, ownership } = await created()
          const events = drawnEvents(
            seed,
            sizes.reduce((sum, size) => sum + size, 0),
          )
          let head = 0
          let runVersion = 0
          for (const [i, size] of sizes.entries()) {
            const batch = events.slice(head, head + size)
            const records = { ...recordsOf(batch), runVersion }
            expect(await runPromise(subject().log.appendRecords(ownership, head, `b${i}`, records))).toBe(
              head + size,
            )
            head += size
            runVersion += batch.filter(({ machine }) => machine === 0).length
          }
          expect(await all(run, 64)).toEqual(events)
        }),
        { numRuns: 20 },
      )
    })

    it("refuses a second run of one name", async () => {
      const { run } = await created()
      expect(await tagOf(subject().log.create(run, "second"))).toBe("RunExists")
    })

    for (const [as, append] of ways(subject)) {
      it(`refuses an append whose expected head is not the head, the first one included${as}`, async () => {
        const { run, ownership } = await created()
        expect(await tagOf(append(ownership, 1, "b", internals(1, 1, 1)))).toBe("HeadMismatch")
        await runPromise(append(ownership, 0, "b1", internals(1, 1, 2)))
        expect(await tagOf(append(ownership, 0, "b2", internals(1, 3, 1)))).toBe("HeadMismatch")
        expect((await all(run)).length).toBe(2)
      })

      it(`tells the id of the last batch, by which an unknown commit is settled${as}`, async () => {
        const { run, ownership } = await created()
        await runPromise(append(ownership, 0, "mine", internals(1, 1, 2)))
        const head = await runPromise(subject().log.head(run))
        expect(head).toMatchObject({ position: 2, lastBatch: "mine", leased: true, owner: "first", epoch: 1 })
      })

      it(`fences an owner whose run was taken over: it writes nothing more${as}`, async () => {
        const { run, ownership } = await created()
        await subject().expireLease(run)
        const taken = await runPromise(subject().log.claim(run, "second"))
        expect(taken).toMatchObject({ epoch: 2, head: 0 })
        expect(await tagOf(append(ownership, 0, "b", internals(1, 1, 1)))).toBe("Fenced")
        expect(await tagOf(subject().log.renew(ownership))).toBe("Fenced")
        expect(await all(run)).toEqual([])
        await runPromise(append(taken, 0, "b", internals(1, 1, 1)))
      })

      it(`fences an owner of the same name in an older epoch${as}`, async () => {
        const { run, ownership } = await created("same")
        await subject().expireLease(run)
        await runPromise(subject().log.claim(run, "same"))
        expect(await tagOf(append(ownership, 0, "b", internals(1, 1, 1)))).toBe("Fenced")
      })

      it(`writes a batch wholly or not at all${as}`, async () => {
        const { run, ownership } = await created()
        const twice = [...internals(1, 1, 3), ...internals(1, 2, 1)]
        const exit = await Effect.runPromiseExit(append(ownership, 0, "b", twice))
        expect(exit._tag).toBe("Failure")
        expect((await runPromise(subject().log.head(run))).position).toBe(0)
        expect(await all(run)).toEqual([])
      })

      it(`never shows a reader a gap while several runs are written at once${as}`, async () => {
        const runs = await Promise.all([created(), created(), created()])
        const write = async ({ run, ownership }: (typeof runs)[number]) => {
          for (let i = 0; i < 20; i++)
            await runPromise(append(ownership, i * 10, `b${i}`, internals(1, i * 10 + 1, 10)))
          return run
        }
        const read = async ({ run }: (typeof runs)[number]) => {
          while ((await all(run, 50)).length < 200);
        }
        await Promise.all([...runs.map(write), ...runs.map(read)])
      })

      it(`says that a run to which it should append is unknown${as}`, async () => {
        const ownership = { run: newRun(), owner: "nobody", epoch: 1 }
        expect(await tagOf(append(ownership, 0, "b", internals(1, 1, 1)))).toBe("RunUnknown")
      })
    }

    it("keeps a run from others while its lease is alive", async () => {
      const { run, ownership } = await created()
      expect(await tagOf(subject().log.claim(run, "second"))).toBe("RunHeld")
      await runPromise(subject().log.renew(ownership))
      await runPromise(subject().log.release(ownership))
      expect(await tagOf(subject().log.claim(run, "second"))).toBe("done")
    })

    it("gives a free run to one of two who claim it at once", async () => {
      const { run, ownership } = await created()
      await runPromise(subject().log.release(ownership))
      const claims = ["a", "b", "c"].map((owner) => tagOf(subject().log.claim(run, owner)))
      expect((await Promise.all(claims)).sort()).toEqual(["RunHeld", "RunHeld", "done"])
    })

    it("reads one machine's stream, and what it sent to one recipient", async () => {
      const { run, ownership } = await created()
      const events = [sent(1, 1, [2]), sent(2, 1, [1]), sent(1, 2, [3]), sent(1, 3, [2, 3]), sent(1, 4, [12])]
      await runPromise(subject().log.append(ownership, 0, "b", events))
      const stream = await runPromise(subject().log.read({ run, after: 0, limit: 10, machine: 1 }))
      expect(stream.map(({ version }) => version)).toEqual([1, 2, 3, 4])
      const sends = (afterVersion: number, limit: number) =>
        runPromise(subject().log.readSends({ run, sender: 1, recipient: 2, afterVersion, limit }))
      expect((await sends(0, 10)).map(({ version }) => version)).toEqual([1, 3])
      expect((await sends(0, 1)).map(({ version }) => version)).toEqual([1])
      expect((await sends(1, 10)).map(({ version }) => version)).toEqual([3])
    })

    it("says that a run is unknown", async () => {
      const run = newRun()
      const ownership = { run, owner: "nobody", epoch: 1 }
      expect(await tagOf(subject().log.head(run))).toBe("RunUnknown")
      expect(await tagOf(subject().log.read({ run, after: 0, limit: 1 }))).toBe("RunUnknown")
      expect(await tagOf(subject().log.append(ownership, 0, "b", internals(1, 1, 1)))).toBe("RunUnknown")
    })
  })
}
