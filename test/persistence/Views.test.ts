/** Views and projected tables, held against a plain reading of the same events. */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { LabEvent, Logged } from "../../src/domain/ClockEvent.ts"
import { toIso } from "../../src/domain/EventPayload.ts"
import * as EventCodec from "../../src/persistence/EventCodec.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import { simulate, startUs } from "../domain/Simulator.ts"
import { oneOfEach } from "../support/Events.ts"
import { type OpenDatabase, openDatabase } from "./OpenDatabase.ts"
import { keeperOf } from "./projection/Keeper.ts"

const seconds = (s: number) => s * 1_000_000
const base = { machines: 4, rates: [40, 15, 5, 2], seed: 11, durationUs: seconds(12), capacity: 6 }
const interruptions = [
  { machine: 4, atUs: seconds(4), downUs: seconds(1), crash: false },
  { machine: 4, atUs: seconds(8), downUs: seconds(1), crash: false },
  { machine: 2, atUs: seconds(6), downUs: seconds(2), crash: true },
]
const runs: Readonly<Record<string, ReadonlyArray<Logged>>> = {
  aaaaaaaaaaaa: simulate({ config: { ...base, overflow: "drop-oldest" } }),
  bbbbbbbbbbbb: simulate({ config: { ...base, overflow: "drop-newest" }, interruptions }),
  cccccccccccc: simulate({ config: { ...base, overflow: "backpressure" }, interruptions }),
  dddddddddddd: simulate({ config: { ...base, overflow: "drop-oldest" }, cutAtUs: seconds(7) }),
  // Ends when machine 4 has just come back: what its inbox held is in flight again.
  ffffffffffff: simulate({ config: base, interruptions, cutAtUs: seconds(5) + 1_000 }),
}
const everyKind = oneOfEach.map((event, i) => ({ ...event, position: i + 1 }))
const stored = { ...runs, eeeeeeeeeeee: everyKind }
/** Of these every arrival is known: nobody crashed. */
const undisturbed = Object.entries(runs).slice(0, 1)
let database: OpenDatabase

beforeAll(async () => {
  database = await openDatabase()
  await Effect.runPromise(Migrator.migrate(database.db))
  const log = EventLogPostgres.make(database.db)
  for (const [run, logged] of Object.entries(stored)) {
    const events = logged.map(({ position: _, ...event }) => event as LabEvent)
    const ownership = await Effect.runPromise(log.create(run, "writer"))
    await Effect.runPromise(log.append(ownership, 0, "all", events))
    await Effect.runPromise(log.release(ownership))
  }
  const keeper = keeperOf(database)
  await Effect.runPromise(Effect.zipRight(keeper.prepare, keeper.catchUpAll()))
})
afterAll(() => database.close())

const rowsOf = async (view: string, run: string, order: string) =>
  (
    await sql<Record<string, unknown>>`select * from ${sql.raw(`lightcone.${view}`)} where run_id = ${run}
      order by ${sql.raw(order)}`.execute(database.db)
  ).rows.map(({ run_id, ...row }) => row)

interface Step {
  readonly machine: number
  readonly atUs: number
  /** An arrival adds one; everything else says how long the inbox then is. */
  readonly length?: number
}

/** Up at arrivals that entered the inbox; as recorded at takings; a resume finds the inbox empty. */
const stepsOf = (log: ReadonlyArray<Logged>): ReadonlyArray<Step> => {
  const lengths = new Map<number, number>()
  return log.flatMap((event): ReadonlyArray<Step> => {
    if (!("lamport" in event)) return []
    const { machine, occurredAtUs, queueLength } = event
    const before = lengths.get(machine) ?? 0
    lengths.set(machine, queueLength)
    if (event.kind === "received" || (event.kind === "dropped" && event.payload.reason === "drop-oldest"))
      return [
        { machine, atUs: event.payload.arrivedAtUs },
        { machine, atUs: occurredAtUs, length: queueLength },
      ]
    if (event.kind === "stopped")
      return event.payload.inbox.map(({ arrivedAtUs }) => ({ machine, atUs: arrivedAtUs }))
    return event.kind === "resumed" && before > 0 ? [{ machine, atUs: occurredAtUs, length: 0 }] : []
  })
}

const queueLengthsOf = (log: ReadonlyArray<Logged>) => {
  const lengths = new Map<number, number>()
  return [...stepsOf(log)]
    .sort((a, b) => a.machine - b.machine || a.atUs - b.atUs)
    .map(({ machine, atUs, length }) => {
      const queue_length = length ?? (lengths.get(machine) ?? 0) + 1
      lengths.set(machine, queue_length)
      return { machine, at: toIso(atUs), queue_length }
    })
}

const messagesOf = (log: ReadonlyArray<Logged>) => {
  const messages = new Map<string, Record<string, unknown>>()
  const last = new Map(log.map((event) => [event.machine, event.version]))
  for (const event of log) {
    const { machine, version, kind, payload } = event
    if (kind === "sent")
      for (const recipient of payload.recipients)
        messages.set(`${machine}/${version}/${recipient}`, {
          ...{ sender: machine, send_version: version, recipient, sent_lamport: event.lamport },
          ...{ sent_at: toIso(event.occurredAtUs), arrived_at: null, received_at: null },
          ...{ received_version: null, received_lamport: null, dropped_at: null, drop_reason: null },
        })
    const of = (m: { sender: number; sendVersion: number }) =>
      messages.get(`${m.sender}/${m.sendVersion}/${machine}`)
    if (kind === "received" || kind === "dropped") {
      const message = of(payload)
      const at = toIso(event.occurredAtUs)
      if (message !== undefined)
        Object.assign(
          message,
          { arrived_at: toIso(payload.arrivedAtUs) },
          kind === "received"
            ? { received_at: at, received_version: version, received_lamport: event.lamport }
            : { dropped_at: at, drop_reason: payload.reason },
        )
    }
    if (kind === "stopped" && last.get(machine) === version)
      for (const waiting of payload.inbox)
        Object.assign(of(waiting) ?? {}, { arrived_at: toIso(waiting.arrivedAtUs) })
  }
  return [...messages.values()]
}

it.each(Object.entries(stored))("events of run %s have the one JSON shape", async (run, log) => {
  const shape = ({ run: _, occurredAt, queueLength, ...json }: EventCodec.EventJson) => ({
    ...json,
    occurred_at: occurredAt,
    queue_length: queueLength,
  })
  expect(await rowsOf("events", run, "position")).toEqual(
    log.map((event) => shape(EventCodec.toJson(event, run))),
  )
})

describe.each(Object.entries(runs))("the views of run %s", (run, log) => {
  it("queue_lengths goes up at every arrival and down at every taking", async () => {
    expect(await rowsOf("queue_lengths", run, "machine, at")).toEqual(queueLengthsOf(log))
  })

  it("messages has every message once, with what became of it", async () => {
    const rows = await rowsOf("messages", run, "sender, send_version, recipient")
    const expected = messagesOf(log).sort(
      (a, b) =>
        Number(a.sender) - Number(b.sender) ||
        Number(a.send_version) - Number(b.send_version) ||
        Number(a.recipient) - Number(b.recipient),
    )
    expect(rows).toEqual(expected)
  })

  it("machines counts what each machine did", async () => {
    const counted = (machine: number, kind: string) =>
      log.filter((event) => event.machine === machine && event.kind === kind).length
    const rows = await rowsOf("machines", run, "machine")
    expect(rows.map(({ machine }) => machine)).toEqual(
      [...new Set(log.map(({ machine }) => machine))].filter((machine) => machine > 0).sort(),
    )
    for (const row of rows) {
      const [internal, sent, received, dropped] = ["internal", "sent", "received", "dropped"].map((kind) =>
        counted(Number(row.machine), kind),
      ) as [number, number, number, number]
      const own = log.filter((event) => event.machine === row.machine)
      const rate = own.find(({ kind }) => kind === "started")?.payload as { rate: number }
      const lamport = Math.max(...own.map((event) => ("lamport" in event ? event.lamport : 0)))
      expect(row).toMatchObject({
        ...{ name: String(row.machine), rate: rate.rate, ticks: internal + sent + received },
        ...{ internal, sent, received, dropped, lamport },
      })
    }
  })
})

it.each(undisturbed)(
  "the step function of run %s reaches the largest queue lengths of its machines",
  async (run, log) => {
    const largest = new Map<unknown, number>()
    for (const { machine, queue_length } of queueLengthsOf(log))
      largest.set(machine, Math.max(largest.get(machine) ?? 0, queue_length))
    const rows = await rowsOf("machines", run, "machine")
    expect(rows.map((row) => row.max_queue_length)).toEqual(rows.map((row) => largest.get(row.machine) ?? 0))
  },
)

describe("the view runs", () => {
  it("tells finished runs from interrupted ones, and their times and configuration", async () => {
    const { rows } = await sql<Record<string, unknown>>`select * from lightcone.runs order by run_id`.execute(
      database.db,
    )
    expect(rows.map(({ status }) => status)).toEqual([
      ...["finished", "finished", "finished", "interrupted", "finished", "interrupted"],
    ])
    expect(rows[0]).toMatchObject({
      ...{ run_id: "aaaaaaaaaaaa", mode: "real", seed: 11, machines: 4, events: runs.aaaaaaaaaaaa!.length },
      ...{ started_at: toIso(startUs), config: { rates: base.rates, overflow: "drop-oldest" } },
    })
    expect(rows[3]).toMatchObject({ finished_at: null })
  })
})
