import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import { honestLog, withPolicy } from "../domain/BrokenLogs.ts"
import { openDatabase } from "../persistence/OpenDatabase.ts"
import { complaints, eachAtOnce, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const [honest, spoilt, open] = ["aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"]
const log = honestLog(withPolicy("drop-newest"))
const clockAt = log.find(({ kind, position }) => kind === "internal" && position > 100)!
const queueAt = log.find(
  (event) => event.kind === "received" && event.position > 150 && event.queueLength === 2,
)!
let store: Scratch

beforeAll(async () => {
  store = await scratchDatabase()
  const database = await openDatabase(store.url)
  await Effect.runPromise(Migrator.migrate(database.db))
  const events = log.map(({ position: _, ...event }) => event as LabEvent)
  const port = EventLogPostgres.make(database.db)
  for (const run of [honest, spoilt, open]) {
    const ownership = await Effect.runPromise(port.create(run!, "writer"))
    await Effect.runPromise(port.append(ownership, 0, "b", run === open ? events.slice(0, 40) : events))
    if (run !== open) await Effect.runPromise(port.release(ownership))
  }
  await database.close()
  await store.sql(
    "update lightcone.run_heads set lease_until = now() + interval '1 hour' where run_id = $1",
    [open],
  )
  const spoil = (assignment: string, { machine, version }: LabEvent) =>
    store.sql(
      `update lightcone.log set ${assignment} where machine = ${machine} and version = ${version}
       and run_key = (select run_key from lightcone.run_heads where run_id = $1)`,
      [spoilt],
    )
  await spoil("lamport = lamport + 5", clockAt)
  await spoil("queue_length = queue_length + 1", queueAt)
})
afterAll(() => store.drop())

const json = async (args: ReadonlyArray<string>) => {
  const finished = await store.run([...args, "--json", "-q"])
  expect(complaints(finished)).toEqual([])
  return { code: finished.code, document: JSON.parse(finished.stdout) }
}

describe("replay", () => {
  it("gives an honest run's final states, which are those of its last events", async () => {
    const { code, document } = await json(["replay", honest!])
    expect(code).toBe(0)
    expect(document).toMatchObject({
      run: honest,
      head: log.length,
      events: log.length,
      upTo: log.length,
      finished: true,
      differences: [],
    })
    for (const machine of document.machines) {
      const last = log.filter((event) => event.machine === machine.machine).at(-1)!
      const { version, lamport, queueLength } = last as LabEvent & { lamport: number; queueLength: number }
      expect(machine).toMatchObject({ version, lamport, queueLength, stage: "stopped" })
    }
    const text = await store.run(["replay", honest!, "--machine", "2", "-q"])
    expect(text.code).toBe(0)
    expect(text.stdout).toMatch(
      /^machine +rate +state[^\n]*\n +2 [^\n]*stopped[^\n]*\n\nreplayed [\d,]+ events[\s\S]*are the same\n$/,
    )
  })

  it("fails with exit code 1, the position and both values where the record differs", async () => {
    const { code, document } = await json(["replay", spoilt!])
    expect(code).toBe(1)
    const { lamport, queueLength } = { ...clockAt, ...queueAt } as unknown as Record<string, number>
    expect(document.differences).toEqual([
      {
        position: clockAt.position,
        event: `${clockAt.machine}/${clockAt.version}`,
        field: "lamport",
        recorded: expect.any(Number),
        replayed: (clockAt as unknown as { lamport: number }).lamport,
      },
      {
        position: queueAt.position,
        event: `${queueAt.machine}/${queueAt.version}`,
        field: "queueLength",
        recorded: queueLength! + 1,
        replayed: queueLength,
      },
    ])
    expect(lamport).toBeDefined()
    const text = await store.run(["replay", spoilt!, "-q"])
    expect(text.code).toBe(1)
    expect(text.stdout).toContain(
      `DIFFERS at position ${clockAt.position}, event ${clockAt.machine}/${clockAt.version}: lamport: recorded `,
    )
    expect((await store.run(["replay", spoilt!, "--until", String(clockAt.position - 1), "-q"])).code).toBe(0)
  })

  it("goes up to a position and shows the states there", async () => {
    const { document } = await json(["replay", honest!, "--until", "30"])
    expect(document).toMatchObject({ events: 30, upTo: 30, finished: false })
    for (const machine of document.machines) {
      const last = log
        .slice(0, 30)
        .filter((event) => event.machine === machine.machine)
        .at(-1)!
      expect(machine).toMatchObject({
        version: last.version,
        lamport: (last as unknown as { lamport: number }).lamport,
        stage: "running",
      })
    }
  })

  it("goes an event for each line of its input, and ends at q", async () => {
    const { code, stdout } = await store.run(["replay", honest!, "--step", "-q"], { input: "\n\n\nq\n" })
    expect(code).toBe(0)
    const lines = stdout.split("\n")
    expect(lines.slice(0, 3).map((line) => line.trim().split(/ +/).slice(0, 4))).toEqual([
      ["1", "+0.000000s", "0/1", "run-started"],
      ["2", expect.any(String), "1/1", "started"],
      ["3", expect.any(String), "2/1", "started"],
    ])
    expect(stdout).toContain("replayed 3 events up to position 3 of ")
    const spoken = await store.run(["replay", spoilt!, "--step", "-q"], {
      input: "\n".repeat(clockAt.position),
    })
    expect(spoken.stdout).toContain(`DIFFERS at position ${clockAt.position}`)
  })

  it("goes in time, and ends gracefully when it is interrupted", async () => {
    const replaying = store.start(["replay", honest!, "--speed", "0.01"])
    await replaying.says(/^store: /)
    const timed = await store.run(["replay", honest!, "--speed", "100000", "-q"])
    expect([timed.code, timed.stdout.split("\n").length > log.length]).toEqual([0, true])
    replaying.signal("SIGINT")
    const finished = await replaying.finished
    expect(finished.code).toBe(130)
    expect(finished.stdout).toMatch(/interrupted: what follows was not replayed/)
  })

  it("replays a run that is still being written to its present head, and says so", async () => {
    const { code, stdout } = await store.run(["replay", open!, "-q"])
    expect([
      code,
      stdout.match(
        /replayed 40 events up to position 40, the present head of a run that is still being written/,
      )?.length,
    ]).toEqual([0, 1])
  })

  it("refuses what cannot be done, with exit code 2", async () => {
    const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["--until", "0"], /--until must be a whole number from 1, found "0"/],
      [["--until", "99999"], /--until must be a position of run aaaaaaaaaaaa, 1 to \d+, found 99999/],
      [["--machine", "9"], /has machines 1 to 4, found machine 9/],
      [["--speed", "0"], /--speed must be a factor above 0/],
      [["--speed", "2", "--step"], /--step and --speed exclude each other/],
      [["--step", "--json"], /--json prints one document/],
    ]
    await eachAtOnce(refused, async ([args, said]) => {
      const finished = await store.run(["replay", honest!, ...args])
      expect([finished.code, complaints(finished).join("\n")]).toEqual([2, expect.stringMatching(said)])
      expect(finished.stdout).toBe("")
    })
  })
})

describe("verify", () => {
  it("names the spoilt events with exit code 1, their rule and how they stand to each other", async () => {
    const { code, document } = await json(["verify", spoilt!])
    expect(code).toBe(1)
    const failures = document.checks.flatMap((check: { failures: ReadonlyArray<unknown> }) => check.failures)
    expect(failures[0]).toEqual({
      rule: "clock",
      events: [`${clockAt.machine}/${clockAt.version}`],
      message: expect.stringContaining(`(position ${clockAt.position})`),
    })
    const consecutive = failures.find(({ rule }: { rule: string }) => rule === "consecutive")
    expect(consecutive.relation).toBe(
      `${clockAt.machine}/${clockAt.version} happened before ${clockAt.machine}/${clockAt.version + 1}`,
    )
    const text = await store.run(["verify", spoilt!, "-q"])
    expect(text.code).toBe(1)
    expect(text.stdout).toContain(`log/clock fails at ${clockAt.machine}/${clockAt.version}: `)
    expect(text.stdout).toMatch(
      /clock-condition: on neighbours, and by vector clocks over all of 4 machines: [\d,]+ pairs/,
    )
  })

  it("exits with 1 for a log cut off at its end, a gap of any width and a row that is no event", async () => {
    const spoil = async (statement: string, said: RegExp) => {
      await store.sql(statement)
      const { code, stdout } = await store.run(["verify", open!, "-q"])
      expect([code, said.exec(stdout)?.[0]]).toEqual([1, expect.any(String)])
    }
    const of = `run_key = (select run_key from lightcone.run_heads where run_id = '${open}')`
    await store.sql(`update lightcone.run_heads set lease_until = null where run_id = '${open}'`)
    await spoil(
      `delete from lightcone.log where ${of} and position = 40`,
      /log\/head fails at .*position 40, found its end at 39/,
    )
    await spoil(
      `update lightcone.log set position = position + 100000 where ${of} and position > 30`,
      /expected 31, found 100031/,
    )
    await spoil(
      `update lightcone.log set kind = 77 where ${of} and position = 9`,
      /log\/shape fails at .*position 9 .*no kind of event has the code 77/,
    )
  })
})
