/** Receipts find the sends that were truly theirs, wherever the log says enough; and faults are found where they are. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isClockEvent } from "../../../src/domain/ClockEvent.ts"
import { happened, piped, prefixed, type Truth } from "./Programs.ts"
import { failuresOf, fromText, type Read, read } from "./Reading.ts"

type Shape = (log: ReadonlyArray<Truth>) => ReadonlyArray<string>

const filesOf = (logs: ReadonlyArray<ReadonlyArray<string>>, chunkBytes?: number) =>
  logs.map((lines, i) => fromText(`machine${i + 1}.log`, `${lines.join("\n")}\n`, chunkBytes))

/** Receipts as the import has them, and as they were. */
const matched = ({ events }: Read, truth: ReadonlyArray<ReadonlyArray<Truth>>) => {
  const byAddress = new Map(events.map((event) => [`${event.machine}/${event.version}`, event]))
  return truth.flatMap((log) =>
    log.flatMap((event, i) => {
      if (event.kind !== "received") return []
      const found = byAddress.get(`${event.machine}/${i + 1}`)
      if (found?.kind !== "received") return [{ how: "lost", isRight: false }]
      const { sender, sendVersion, match } = found.payload
      const send = byAddress.get(`${sender}/${sendVersion}`)
      const clock = send !== undefined && isClockEvent(send) ? send.lamport : undefined
      return [{ how: match!, isRight: sender === event.from!.machine && clock === event.from!.lamport }]
    }),
  )
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 })

describe.each([
  ["piped", piped],
  ["prefixed", prefixed],
] as ReadonlyArray<[string, Shape]>)("an intact log of shape %s", (_, shape) => {
  it("gives nothing against it, and every send that is found is the true one", async () => {
    let [found, right, several] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 20, max: 400 }),
        async (seed, machines, events) => {
          const truth = happened(seed, machines, events)
          // A file of a machine to which nothing happened is none of a log.
          fc.pre(truth.every((log) => log.length > 0))
          const result = await read(filesOf(truth.map(shape), 512))
          expect(failuresOf(result)).toEqual([])
          expect(result.outcome.tally!.events).toBe(events)
          for (const { how, isRight } of matched(result, truth)) {
            if (how === "one-of-several") several++
            else {
              found++
              if (isRight) right++
              expect(how).toMatch(/^(fits|clock)$/)
            }
          }
        },
      ),
      { numRuns: 40 },
    )
    expect(right).toBe(found)
    expect(found).toBeGreaterThan(4 * several)
  })

  it("whose line is missing is not intact, and the place is named", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat(), fc.nat(), async (seed, which, at) => {
        const truth = happened(seed, 3, 150)
        const logs = truth.map((log) => [...shape(log)])
        const machine = which % 3
        const own = truth[machine]!
        const lines = logs[machine]!
        if (own.length < 6) return
        // A step between two steps: nothing but its own machine's next line can tell.
        const steps = own.flatMap((event, i) =>
          event.kind === "internal" && i > 0 && i < own.length - 1 && own[i + 1]!.kind !== "received"
            ? [i]
            : [],
        )
        if (steps.length === 0) return
        const gone = own.slice(0, steps[at % steps.length]!).flatMap((event) => shape([event])).length
        lines.splice(gone, 1)
        const failures = failuresOf(await read(filesOf(logs)))
        expect(failures, failures.join("\n")).toHaveLength(1)
        expect(failures[0]).toContain(`log/clock machine${machine + 1}.log:${gone + 1}: `)
      }),
      { numRuns: 30 },
    )
  })
})
