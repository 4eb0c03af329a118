/** What becomes of tables when projections change, fail, or are built anew. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { sql } from "kysely"
import pg from "pg"
import { beforeEach, describe, expect, it } from "vitest"
import * as ProjectionFailure from "../../../src/cli/ProjectionFailure.ts"
import type { LabEvent, Logged, Recorded } from "../../../src/domain/ClockEvent.ts"
import * as Projection from "../../../src/domain/projections/Projection.ts"
import { registry as ours } from "../../../src/domain/projections/Registered.ts"
import * as EventLogPostgres from "../../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../../src/persistence/Migrator.ts"
import * as RunCatalogue from "../../../src/persistence/RunCatalogue.ts"
import { simulate } from "../../domain/Simulator.ts"
import { type OpenDatabase, openDatabase } from "../OpenDatabase.ts"
import { keeperOf, type Told } from "./Keeper.ts"
import { withHeld } from "./ProjectionLog.ts"

const config = { machines: 3, rates: [20, 10, 5], seed: 5, durationUs: 8_000_000 }
const log = withHeld(simulate({ config }))
const run = "abcabcabcabc"

const table = {
  columns: { sender: "integer", recipient: "integer", messages: "integer" },
  key: ["sender", "recipient"],
} as const

/** How many messages went from whom to whom. */
const traffic = (version: number, count: (state: Record<string, number>, pair: string) => number) =>
  Projection.define({
    name: "traffic",
    version,
    table,
    initial: (): Record<string, number> => ({}),
    apply: (state, event) => {
      if (event.kind !== "sent") return Projection.unchanged(state)
      const changes = event.payload.recipients.map((recipient) => {
        const pair = `${event.machine} ${recipient}`
        state[pair] = count(state, pair)
        return Projection.upsert({ sender: event.machine, recipient, messages: state[pair] })
      })
      return { state, changes }
    },
  })

const counted = traffic(1, (state, pair) => (state[pair] ?? 0) + 1)
const doubled = traffic(2, (state, pair) => (state[pair] ?? 0) + 2)

const expected = (factor: number) => {
  const pairs = new Map<string, number>()
  for (const event of log)
    if (event.kind === "sent")
      for (const recipient of event.payload.recipients)
        pairs.set(`${event.machine} ${recipient}`, (pairs.get(`${event.machine} ${recipient}`) ?? 0) + factor)
  return [...pairs].map(([pair, count]) => `${pair} ${count}`).sort()
}

const failsAt = (
  version: number,
  what: (event: Recorded) => Projection.Step<Record<string, number>, never>,
) =>
  Projection.define({
    name: "traffic",
    version,
    table,
    initial: counted.initial,
    apply: (state, event) => (event.position === 40 ? what(event) : counted.apply(state, event)),
  })

let database: OpenDatabase
const eventLog = () => EventLogPostgres.make(database.db)
const perform = <A>(effect: Effect.Effect<A, unknown>) => Effect.runPromise(effect)

const append = async (name: string, events: ReadonlyArray<Logged>) => {
  const ownership = await perform(eventLog().create(name, "writer"))
  const bare = events.map(({ position: _, ...event }) => event as LabEvent)
  await perform(eventLog().append(ownership, 0, "all", bare))
  await perform(eventLog().release(ownership))
}

const trafficOf = async (name = run) => {
  const { rows } = await sql<{ sender: number; recipient: number; messages: number }>`
    select * from lightcone.traffic where run_id = ${name}`.execute(database.db)
  return rows.map((row) => `${row.sender} ${row.recipient} ${row.messages}`).sort()
}

const checkpoint = async (projection: string) => {
  const { rows } = await sql<{ position: number }>`
    select position from lightcone.checkpoints where projection = ${projection}`.execute(database.db)
  return rows.map(({ position }) => position)
}

const kept = async (projection: Projection.Projection, told?: Told) => {
  const keeper = keeperOf(database, [...ours, projection], told)
  await perform(Effect.zipRight(keeper.prepare, keeper.catchUpAll()))
  return keeper
}

beforeEach(async () => {
  database = await openDatabase()
  await perform(Migrator.migrate(database.db))
  return () => database.close()
})

describe("a projection", () => {
  it("that is new is shown once it has been built, whatever runs there were before", async () => {
    await append(run, log)
    await kept(counted)
    expect(await trafficOf()).toEqual(expected(1))
  })

  it("whose version changed is built anew by itself, says so, and leaves nothing of the old behind", async () => {
    await append(run, log)
    await kept(counted)
    const told: Told = { notices: [], failures: [] }
    await kept(doubled, told)
    expect(told.notices).toEqual([
      "projection traffic was of version 1 and is now of version 2: building it anew",
    ])
    expect(await trafficOf()).toEqual(expected(2))
    const { rows } =
      await sql`select generation from lightcone.projections where projection = 'traffic'`.execute(
        database.db,
      )
    expect(rows).toEqual([{ generation: 2 }])
    await expect(sql`select * from lightcone.traffic_g1`.execute(database.db)).rejects.toThrow(
      /does not exist/,
    )
  })

  it("whose table changed without a new version is built anew too, with its readers", async () => {
    await append(run, log)
    await kept(counted)
    const reader = await database.role("reader")
    await database.execute(
      `grant usage on schema lightcone to ${reader.name}`,
      `grant select on lightcone.traffic, lightcone.events to ${reader.name}`,
    )
    const told: Told = { notices: [], failures: [] }
    const wider = Projection.define({
      name: "traffic",
      version: 1,
      table: { columns: { recipient: "bigint", sender: "integer" }, key: ["sender", "recipient"] },
      initial: () => null,
      apply: (state, event) =>
        event.kind !== "sent"
          ? Projection.unchanged(state)
          : {
              state,
              changes: event.payload.recipients.map((recipient) =>
                Projection.upsert({ sender: event.machine, recipient }),
              ),
            },
    })
    await kept(wider, told)
    expect(told.notices).toEqual(["projection traffic has another table than before: building it anew"])
    const client = new pg.Client({ connectionString: reader.url })
    await client.connect()
    const { rows } = await client.query("select count(*)::int as pairs from lightcone.traffic")
    await client.end()
    expect(rows).toEqual([{ pairs: expected(1).length }])
  })

  it("of a later version than ours is left alone, and said to be", async () => {
    await append(run, log)
    await kept(doubled)
    const told: Told = { notices: [], failures: [] }
    await kept(counted, told)
    expect(told.notices).toEqual([
      "projection traffic was made by version 2 of it, which is later than ours: it is left as it is",
    ])
    expect(await trafficOf()).toEqual(expected(2))
  })

  it("can be read by who may read the events, without further ado", async () => {
    const reader = await database.role("reader")
    await database.execute(
      `grant usage on schema lightcone to ${reader.name}`,
      `grant select on lightcone.events to ${reader.name}`,
    )
    await append(run, log)
    await kept(counted)
    const client = new pg.Client({ connectionString: reader.url })
    await client.connect()
    for (const name of [...ours.map((one) => one.name), "traffic"])
      await expect(client.query(`select * from lightcone.${name} limit 1`)).resolves.toBeDefined()
    await client.end()
  })

  it("goes with its run", async () => {
    await append(run, log)
    await append("bbbbbbbbbbbb", log)
    await kept(counted)
    await perform(RunCatalogue.make(database.db, "here").remove(run))
    for (const name of [...ours.map((one) => one.name), "traffic"]) {
      const { rows } = await sql<{ run_id: string }>`
        select distinct run_id from ${sql.raw(`lightcone.${name}`)}`.execute(database.db)
      expect(rows, name).toEqual([{ run_id: "bbbbbbbbbbbb" }])
      const { rows: left } = await sql`select from ${sql.raw(`lightcone.${name}_g1`)} g
        where not exists (select from lightcone.run_heads h where h.run_key = g.run_key)`.execute(database.db)
      expect(left, name).toEqual([])
    }
  })
})

const failing: ReadonlyArray<readonly [string, (event: Recorded) => never, RegExp]> = [
  [
    "throws",
    () => {
      throw new TypeError("no such thing")
    },
    /TypeError: no such thing/,
  ],
  ["gives nothing", () => undefined as never, /must give \{ state, changes \}, found undefined/],
  [
    "names a column that the table has not",
    () => ({ state: {}, changes: [Projection.update({ sender: 1, recipient: 2, nope: 3 })] }) as never,
    /must name its columns \(sender, recipient, messages\), found nope/,
  ],
  [
    "gives a value that the column does not take",
    () => ({ state: {}, changes: [Projection.upsert({ sender: 1, recipient: 2, messages: 1.5 })] }) as never,
    /messages must be a whole number that 32 bits hold, found 1.5/,
  ],
  [
    "leaves a column out",
    () => ({ state: {}, changes: [Projection.insert({ sender: 1, recipient: 2 })] }) as never,
    /must give a whole row, found no messages/,
  ],
  [
    "inserts a row that is there",
    () => ({ state: {}, changes: [Projection.insert({ sender: 1, recipient: 2, messages: 0 })] }) as never,
    /duplicate key value violates unique constraint/,
  ],
]

describe("a projection whose apply", () => {
  it.each(failing)("%s stops alone, tells the event, and loses nothing", async (_, what, reason) => {
    await append(run, log)
    const told: Told = { notices: [], failures: [] }
    const broken = failsAt(1, what)
    const keeper = keeperOf(database, [...ours, broken], told)
    await perform(Effect.zipRight(keeper.prepare, keeper.catchUpAll()))
    expect(told.failures).toHaveLength(1)
    const [failure] = told.failures
    expect(failure).toMatchObject({ run, event: { position: 40 }, reason: expect.stringMatching(reason) })
    // Everything else is at the head, this one just before the event, and its state is the one before it.
    for (const { name } of ours) expect(await checkpoint(name), name).toEqual([log.length])
    expect(await checkpoint("traffic")).toEqual([39])
    const before = log
      .slice(0, 39)
      .reduce((state, event) => counted.apply(state, event).state, counted.initial())
    expect(failure!.state).toEqual(before)
    // It was never shown, as it never was whole; mended, it goes on from there.
    await expect(trafficOf()).rejects.toThrow(/does not exist/)
    await kept(counted)
    expect(await trafficOf()).toEqual(expected(1))
  })

  it("throws is tried and told once, however often it is followed", async () => {
    await append(run, log)
    const told: Told = { notices: [], failures: [] }
    let tried = 0
    const broken = failsAt(1, () => {
      tried++
      throw new Error("no")
    })
    const keeper = keeperOf(database, [...ours, broken], told)
    await perform(Effect.zipRight(keeper.prepare, keeper.catchUpAll()))
    expect(told.failures).toHaveLength(1)
    const first = tried
    await perform(Effect.zipRight(keeper.catchUpAll(), keeper.catchUpAll()))
    expect([told.failures.length, tried]).toEqual([1, first])
  })

  it("throws is told with a test that can be pasted and shows it", async () => {
    const broken = failsAt(1, () => {
      throw new Error("told")
    })
    await append(run, log)
    const told: Told = { notices: [], failures: [] }
    await kept(broken, told)
    const text = ProjectionFailure.test(told.failures[0]!)
    const outcome: Array<unknown> = []
    const it = (name: string, test: () => void) => {
      expect(name).toMatch(/^traffic takes \d\/\d+, \w+$/)
      try {
        test()
      } catch (error) {
        outcome.push(error)
      }
    }
    new Function("it", "expect", "traffic", text.replace(/ \/\/ .*$/m, ""))(it, expect, broken)
    expect(String(outcome[0])).toBe("Error: told")
  })

  it("fails in a later version leaves what is shown as it was", async () => {
    await append(run, log)
    await kept(counted)
    const told: Told = { notices: [], failures: [] }
    await kept(
      failsAt(2, () => {
        throw new Error("again")
      }),
      told,
    )
    expect(told.notices.at(-1)).toMatch(/projection traffic was not built: it failed; what is shown stays/)
    expect(await trafficOf()).toEqual(expected(1))
  })
})

describe("a rebuild", () => {
  const registry = [...ours, counted]

  it("never shows half of the rows, and goes on where another was stopped", async () => {
    await append(run, log)
    await append("bbbbbbbbbbbb", log)
    const keeper = await kept(counted)
    const rows = async () =>
      (await sql<{ n: number }>`select count(*)::int as n from lightcone.clock_history`.execute(database.db))
        .rows[0]!.n
    const whole = await rows()
    const seen = new Set<number>()
    let over = false
    const reading = (async () => {
      while (!over) seen.add(await rows())
    })()
    const first = Effect.runFork(keeper.rebuild(registry))
    await new Promise((resolve) => setImmediate(resolve))
    await perform(Fiber.interrupt(first) as Effect.Effect<unknown>)
    expect(await perform(keeper.rebuild(registry))).toEqual(registry.map(({ name }) => name))
    over = true
    await reading
    expect([...seen]).toEqual([whole])
    expect(await rows()).toBe(whole)
  })

  it("of a run that is being written ends up at its head, and the writer's follower goes on in the new table", async () => {
    const keeper = await kept(counted)
    const ownership = await perform(eventLog().create(run, "writer"))
    const follower = Effect.runFork(keeper.follow(run))
    const bare = log.map(({ position: _, ...event }) => event as LabEvent)
    for (let at = 0; at < bare.length; at += 50) {
      await perform(eventLog().append(ownership, at, `batch ${at}`, bare.slice(at, at + 50)))
      if (at === 100) await perform(keeper.rebuild([counted]))
    }
    await expect.poll(() => trafficOf(), { timeout: 10_000 }).toEqual(expected(1))
    await perform(Fiber.interrupt(follower) as Effect.Effect<unknown>)
  })
})
