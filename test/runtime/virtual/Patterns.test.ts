/** Every pattern over every topology: real runs and virtual ones of the same settings, and what is wrong with a send. */
import * as Effect from "effect/Effect"
import { describe, expect, it, vi } from "vitest"
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import * as Replay from "../../../src/domain/Replay.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import * as EventLogMemory from "../../../src/persistence/EventLogMemory.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import * as Beside from "../../support/RealBesideVirtual.ts"

vi.setConfig({ testTimeout: 60_000 })

const settings = [
  { topology: "complete", pattern: "pair" },
  { topology: "complete", pattern: "multicast:3" },
  { topology: "complete", pattern: "broadcast" },
  { pattern: "broadcast" },
  { topology: "ring", pattern: "multicast:1" },
  { topology: "star", pattern: "pair" },
  { topology: "star", pattern: "broadcast" },
  { topology: "grid", pattern: "pair" },
  { topology: "random:3", pattern: "multicast:2" },
] as const

type Loose = Logged & { payload: { recipients: ReadonlyArray<number> } }

const failuresOf = (log: ReadonlyArray<Logged>) =>
  Verification.verify(log).checks.flatMap(({ failures }) => failures)

describe("a real run", () => {
  it("of each pattern and topology verifies, and ticks exactly as the virtual run of its settings", async () => {
    const log = EventLogMemory.make()
    const seed = Math.floor(Math.random() * 1_000_000)
    const runs = await Promise.all(
      settings.map((setting, i) => {
        // The hub of a star is so fast that it rolls each side many times beside what it hears.
        const rates = [200, 50, 40, 30, 20, 10]
        const machines = rates.length
        const config = { ...RunConfig.defaults, ...setting, machines, rates, seed, durationUs: 1_500_000 }
        return Beside.realRun(config, log, `${"abcdefghi"[i]!.repeat(11)}p`)
      }),
    )
    expect(Beside.otherTicks(runs), `seed ${seed}`).toEqual([])
    for (const [i, setting] of settings.entries()) {
      const run = `${"abcdefghi"[i]!.repeat(11)}p`
      const events = (await Effect.runPromise(
        log.read({ run, after: 0, limit: 100_000 }),
      )) as ReadonlyArray<Logged>
      expect(failuresOf(events), `${JSON.stringify(setting)}, seed ${seed}`).toEqual([])
      const most = Math.max(
        ...events.map((event) => (event.kind === "sent" ? event.payload.recipients.length : 0)),
      )
      const size = { pair: 2, "multicast:1": 1, "multicast:2": 2, "multicast:3": 3, broadcast: 5 }[
        setting.pattern
      ]
      expect(most, JSON.stringify(setting)).toBe(size)
    }
  })
})

describe("a send to others than roll and pattern say", () => {
  const made = (over: Partial<RunConfig.RunConfig>): ReadonlyArray<Logged> => {
    const config = { ...RunConfig.virtualDefaults, machines: 6, seed: 11, durationUs: 20_000_000, ...over }
    const events = [...VirtualRun.turns(config, 1_700_000_000_000_000)].flatMap(({ events }) => events)
    return events.map((event, i) => ({ ...event, position: i + 1 }) as Logged)
  }

  /** Which rules find it, and whether a replay does, where one group send has other recipients. */
  const found = (over: Partial<RunConfig.RunConfig>, change: (event: Loose) => ReadonlyArray<number>) => {
    const log = structuredClone(made(over)) as Array<Loose>
    const sends = log.filter((event) => event.kind === "sent" && event.payload.recipients.length > 1)
    const event = sends[Math.floor(sends.length / 2)]!
    event.payload = { ...event.payload, recipients: change(event) }
    const rules = failuresOf(log)
      .filter(({ events }) => events.includes(`${event.machine}/${event.version}`))
      .map(({ rule }) => rule)
    const replay = Replay.make()
    for (const one of log) replay.step(one)
    const fields = replay.outcome().differences.map(({ field }) => field)
    return { rules, fields }
  }

  const settingsOfGroups = [
    { pattern: "broadcast" },
    { topology: "complete", pattern: "multicast:3" },
    { topology: "random:4", pattern: "multicast:2" },
  ]

  it("is found: a recipient is left out", () => {
    for (const setting of settingsOfGroups) {
      const { rules, fields } = found(setting, ({ payload }) => payload.recipients.slice(1))
      expect(rules, JSON.stringify(setting)).toContain("rolls")
      expect(fields).toContain("payload.recipients")
    }
  })

  it("is found: one more, who is not in the group", () => {
    for (const setting of settingsOfGroups.slice(1)) {
      const { rules, fields } = found(setting, ({ machine, payload: { recipients } }) => {
        const other = [1, 2, 3, 4, 5, 6].find((one) => one !== machine && !recipients.includes(one))!
        return [...recipients, other].sort((a, b) => a - b)
      })
      expect(rules, JSON.stringify(setting)).toContain("rolls")
      expect(fields).toContain("payload.recipients")
    }
  })

  it("is found: one of the group in another's place", () => {
    const { rules } = found({ topology: "complete", pattern: "multicast:3" }, ({ machine, payload }) => {
      const other = [1, 2, 3, 4, 5, 6].find((one) => one !== machine && !payload.recipients.includes(one))!
      return [other, ...payload.recipients.slice(1)].sort((a, b) => a - b)
    })
    expect(rules).toContain("rolls")
  })

  it("is not found where there is none", () => {
    for (const setting of settings) expect(failuresOf(made(setting)), JSON.stringify(setting)).toEqual([])
  })
})
