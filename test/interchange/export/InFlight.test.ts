import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isRunEvent, type Recorded } from "../../../src/domain/ClockEvent.ts"
import { InFlight } from "../../../src/domain/InFlight.ts"
import { ours } from "./Logs.ts"

/** Messages that are neither received nor dropped, by their send. */
const left = (log: ReadonlyArray<Recorded>): ReadonlySet<string> => {
  const open = new Map<string, number>()
  const end = (key: string) => open.set(key, open.get(key)! - 1)
  for (const event of log) {
    if (event.kind === "sent") open.set(`${event.machine}/${event.version}`, event.payload.recipients.length)
    if (event.kind === "received" || event.kind === "dropped")
      end(`${event.payload.sender}/${event.payload.sendVersion}`)
  }
  return new Set([...open].flatMap(([key, messages]) => (messages > 0 ? [key] : [])))
}

describe("what is kept of sends", () => {
  it("is given to each of their messages, and released with the last, so that those in flight are left", () =>
    fc.assert(
      fc.property(ours, (log) => {
        const released = new Set<string>()
        const inFlight = new InFlight<string>([1, 2, 3, 4, 5, 6], (key) => released.add(key))
        const sends = new Set<string>()
        for (const event of log) {
          if (isRunEvent(event)) continue
          if (event.kind === "sent") {
            const key = `${event.machine}/${event.version}`
            sends.add(key)
            inFlight.send(event, () => key)
          }
          if (event.kind !== "received" && event.kind !== "dropped") continue
          let found: string | undefined
          inFlight.take(event.payload, (key) => {
            found = key
            expect(released).not.toContain(key)
          })
          expect(found).toBe(`${event.payload.sender}/${event.payload.sendVersion}`)
        }
        const kept = [...sends].filter((key) => !released.has(key))
        expect(new Set(kept)).toEqual(left(log))
        expect(inFlight.size).toBe(kept.length)
      }),
      { numRuns: 30 },
    ))
})
