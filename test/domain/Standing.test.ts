import fc from "fast-check"
import { expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as Machine from "../../src/domain/Machine.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as Standing from "../../src/domain/Standing.ts"
import { simulatedLog } from "./SimulatedLogs.ts"

const fold = (log: ReadonlyArray<Logged>): Standing.Standing => {
  const standing = Standing.make()
  for (const event of log) standing.step(event)
  return standing.finish()!
}

/** The versions that one machine sent to another, and those of them that are disposed of, by plain filters. */
const linkOf = (log: ReadonlyArray<Logged>, sender: number, recipient: number) => {
  const sent = log.flatMap((event) =>
    event.kind === "sent" && event.machine === sender && event.payload.recipients.includes(recipient)
      ? [event.version]
      : [],
  )
  const disposed = log.flatMap((event) =>
    (event.kind === "received" || event.kind === "dropped") &&
    event.machine === recipient &&
    event.payload.sender === sender
      ? [event.payload.sendVersion]
      : [],
  )
  return { sent, disposed }
}

const prefix = simulatedLog({ maxMachines: 4, maxDurationUs: 3_000_000 }).chain((log) =>
  fc.noBias(fc.integer({ min: 1, max: log.length })).map((length) => log.slice(0, length)),
)

it("is what a plain look at the log gives, wherever the log ends", () => {
  fc.assert(
    fc.property(prefix, (log) => {
      const standing = fold(log)
      const last = log[log.length - 1]!
      expect(standing.head).toBe(last.position)
      expect(standing.lastUs).toBe(Math.max(...log.map(({ occurredAtUs }) => occurredAtUs)))
      expect(standing.finished).toBe(last.kind === "run-finished")
      const { config, machines } = standing
      const reach = Reach.of(config)
      for (const { state, ticks, links } of machines) {
        const own = log.filter(({ machine }) => machine === state.machine)
        let expected = Machine.inRun(config, reach, state.machine)
        let made = 0
        for (const event of own) {
          expected = Machine.evolve(expected, event as never)
          if (["internal", "sent", "received"].includes(event.kind)) made++
          if (event.kind === "missed") made += event.payload.count
        }
        expect(state).toEqual(expected)
        expect(ticks).toBe(made)
        for (let sender = 1; sender <= config.machines; sender++) {
          const { sent, disposed } = linkOf(log, sender, state.machine)
          const link = links.get(sender) ?? { mark: 0, passed: new Set(), known: 0 }
          const inFlight = sent.filter((version) => !disposed.includes(version))
          expect(sent.filter((v) => v > link.mark && !link.passed.has(v))).toEqual(inFlight)
          expect([...link.passed]).toEqual(disposed.filter((v) => v > link.mark).sort((a, b) => a - b))
          expect(link.known).toBe(sent.at(-1) ?? 0)
          if (inFlight.length > 0) expect(link.mark).toBe(inFlight[0]! - 1)
        }
      }
    }),
    { numRuns: 300 },
  )
})

it("counts the time for which the run was down", () => {
  const [started] = [{ machine: 0, version: 1, occurredAtUs: 1_000, position: 1, kind: "run-started" }]
  const config = { mode: "real", machines: 1, seed: 1, rates: [1], sides: 10, pattern: "pair" }
  const standing = fold([
    { ...started, payload: config },
    {
      machine: 0,
      version: 2,
      occurredAtUs: 1_700,
      position: 2,
      kind: "run-resumed",
      payload: { downUs: 700 },
    },
    {
      machine: 0,
      version: 3,
      occurredAtUs: 1_800,
      position: 3,
      kind: "run-resumed",
      payload: { downUs: 100 },
    },
  ] as unknown as ReadonlyArray<Logged>)
  expect(standing).toMatchObject({ downUs: 800, lastUs: 1_800, version: 3, startUs: 1_000 })
})
