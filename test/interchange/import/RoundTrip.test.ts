/** What leaves as JSON lines comes back as the identical run: event by event, and by its digest. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Beginning from "../../../src/domain/Beginning.ts"
import { isWhole, type Logged, type Recorded } from "../../../src/domain/ClockEvent.ts"
import * as Digest from "../../../src/domain/Digest.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import { runOf } from "../../../src/interchange/export/Exporter.ts"
import * as JsonLines from "../../../src/interchange/export/JsonLines.ts"
import { requested } from "../../domain/RequestedLog.ts"
import { simulatedLog } from "../../domain/SimulatedLogs.ts"
import { eventfulLog } from "../export/Logs.ts"
import { fromFolder, fromText, read } from "./Reading.ts"

const run = "abcdefgh1234"

const exported = (events: ReadonlyArray<Recorded>): string => {
  const known = runOf(events)!
  const { begin, event, end } = JsonLines.format.make({ ...known, run, machines: [], alone: false })
  return `${begin()}${events.map(event).join("")}${end()}`
}

const digest = (events: ReadonlyArray<Recorded>): string => {
  const encoder = Digest.encoder(events[0]!.occurredAtUs)
  for (const event of events) if (isWhole(event)) encoder.write(event)
  return createHash("sha256").update(encoder.take()).digest("hex")
}

/** The copy's first event says where it is from. */
const withoutOrigin = ([first, ...others]: ReadonlyArray<Recorded>): ReadonlyArray<Recorded> => {
  const { origin: _, ...payload } = first!.payload as { readonly origin?: unknown }
  return [{ ...first!, payload } as Recorded, ...others]
}

describe("a run that leaves as JSON lines", () => {
  it("comes back identical, a hundred random ones", async () => {
    await fc.assert(
      fc.asyncProperty(
        simulatedLog({ maxMachines: 6, maxDurationUs: 6_000_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        async (log, chunkBytes) => {
          const copy = await read([fromText("run.jsonl", exported(log), chunkBytes)])
          expect(withoutOrigin(copy.events)).toEqual(log)
          expect(digest(copy.events)).toBe(digest(log))
          expect(copy.events[0]!.payload).toMatchObject({
            origin: { format: "lightcone", files: ["run.jsonl"], run },
          })
          const again = await read([fromText("again.jsonl", exported(copy.events))])
          expect(withoutOrigin(again.events)).toEqual(log)
        },
      ),
      { numRuns: 100 },
    )
  })

  it("comes back identical where it was requested, and says where it is from", async () => {
    const log = requested(eventfulLog() as ReadonlyArray<Logged>, 5_000_000)
    for (const part of [log, log.slice(0, 1)]) {
      const copy = await read([fromText("run.jsonl", exported(part))])
      expect(withoutOrigin(copy.events)).toEqual(part)
      expect(Beginning.of(copy.events)?.origin).toEqual({ format: "lightcone", files: ["run.jsonl"], run })
    }
    const copy = await read([fromText("run.jsonl", exported(log))])
    expect(Verification.verify(copy.events)).toMatchObject({ verified: true, finished: true })
  })

  it.each(["piped", "records", "govector", "otlp-collector", "arrays"])(
    "comes back identical, though it came from elsewhere: %s",
    async (name) => {
      const { events } = await read(fromFolder(`${import.meta.dirname}/fixtures/${name}`))
      const copy = await read([fromText("-", exported(events))])
      expect(copy.events).toEqual(events)
    },
  )
})
