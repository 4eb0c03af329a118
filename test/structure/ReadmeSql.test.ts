/** The questions that the README asks with SQL, answered on a named run and held against a plain walk of its log. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { ClockEvent, LabEvent, Logged, Received } from "../../src/domain/ClockEvent.ts"
import { toIso } from "../../src/domain/EventPayload.ts"
import { type OpenStore, openNative } from "../contract/Stores.ts"
import { simulate, startUs } from "../domain/Simulator.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { commandLines } from "./CommandLines.ts"
import { root } from "./Sources.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const run = "readmequeries".slice(0, 12)
const log = simulate({
  config: { machines: 3, rates: [2, 6, 5], sides: 4, seed: 3, durationUs: 12_000_000 },
})
const received = log.filter((event): event is Logged<Received> => event.kind === "received")
const clockEvents = log.filter(
  (event): event is Logged<ClockEvent> =>
    event.kind === "internal" || event.kind === "sent" || event.kind === "received",
)

let scratch: Scratch
let store: OpenStore
beforeAll(async () => {
  scratch = await scratchDatabase()
  store = await openNative(scratch.url)
  const events = log.map(({ position: _, ...event }) => event as LabEvent)
  const ownership = await Effect.runPromise(store.log.create(run, "writer"))
  await Effect.runPromise(store.log.append(ownership, 0, "all", events))
  await Effect.runPromise(store.log.release(ownership))
})
afterAll(async () => {
  await store.close()
  await scratch.drop()
})

/** The README's query that speaks of all these, asked as it is written. */
const answer = async (...words: ReadonlyArray<string>): Promise<ReadonlyArray<Record<string, unknown>>> => {
  const queries = commandLines(readFileSync(join(root, "README.md"), "utf8"))
    .filter(({ args }) => args[0] === "sql" && args[1]?.includes("RUN"))
    .map(({ args }) => args[1]!)
    .filter((query) => words.every((word) => query.includes(word)))
  expect(queries, words.join()).toHaveLength(1)
  const asked = await scratch.run(["sql", queries[0]!.replaceAll("RUN", run), "--json"])
  expect(asked.code, asked.stderr).toBe(0)
  return JSON.parse(asked.stdout)
}

/** An interval as Postgres writes it. */
const seconds = (text: unknown): number => {
  const match = /^(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(String(text))
  return Number(match![1]) * 3_600 + Number(match![2]) * 60 + Number(match![3])
}

describe("the README's SQL tells", () => {
  it("how long messages waited on the slow machine", async () => {
    const waits = received
      .filter(({ machine }) => machine === 1)
      .map(({ occurredAtUs, payload }) => (occurredAtUs - payload.arrivedAtUs) / 1e6)
    const [row] = await answer("mean_wait")
    expect(waits.length).toBeGreaterThan(5)
    expect(seconds(row!.longest_wait)).toBeCloseTo(Math.max(...waits), 6)
    expect(seconds(row!.mean_wait)).toBeCloseTo(waits.reduce((sum, wait) => sum + wait, 0) / waits.length, 5)
  })

  it("the largest jump, and the message that caused it", async () => {
    const clocks = new Map<number, number>()
    let largest = { jump: 0, event: clockEvents[0]!, before: 0 }
    for (const event of clockEvents) {
      const before = clocks.get(event.machine) ?? 0
      clocks.set(event.machine, event.lamport)
      if (event.lamport - before > largest.jump) largest = { jump: event.lamport - before, event, before }
    }
    const { event, before } = largest
    expect(event.kind).toBe("received")
    const { sender, sendVersion } = (event as Received).payload
    expect(await answer("as before")).toEqual([
      {
        ...{ machine: event.machine, version: event.version, before, after: event.lamport },
        ...{ sender, send_version: sendVersion },
      },
    ])
  })

  it("who was ahead, when", async () => {
    const ahead = new Map<string, { machine: number; lamport: number; atUs: number }>()
    let highest = 0
    for (const { machine, lamport, occurredAtUs } of clockEvents) {
      if (lamport < highest) continue
      highest = lamport
      const second = `${toIso(occurredAtUs).slice(0, 19)}.000000Z`
      const found = ahead.get(second)
      if (found === undefined || occurredAtUs >= found.atUs)
        ahead.set(second, { machine, lamport, atUs: occurredAtUs })
    }
    expect(await answer("behind = 0")).toEqual(
      [...ahead].map(([second, { machine, lamport }]) => ({ second, ahead: machine, lamport })),
    )
  })

  it("which messages were in flight at a given moment", async () => {
    const atUs = startUs + 5_000_000
    const gone = new Set(
      received
        .filter(({ occurredAtUs }) => occurredAtUs <= atUs)
        .map(({ machine, payload }) => `${payload.sender}/${payload.sendVersion} to ${machine}`),
    )
    const flying = log.flatMap((event) =>
      event.kind === "sent" && event.occurredAtUs <= atUs
        ? event.payload.recipients
            .filter((recipient) => !gone.has(`${event.machine}/${event.version} to ${recipient}`))
            .map((recipient) => ({ sender: event.machine, send_version: event.version, recipient }))
        : [],
    )
    expect(flying.length).toBeGreaterThan(0)
    expect(await answer("interval '5 seconds'")).toEqual(
      flying.sort(
        (a, b) => a.sender - b.sender || a.send_version - b.send_version || a.recipient - b.recipient,
      ),
    )
  })
})
