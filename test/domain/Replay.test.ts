import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Kind, Logged } from "../../src/domain/ClockEvent.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Replay from "../../src/domain/Replay.ts"
import { simulatedLog } from "./SimulatedLogs.ts"
import { type Options, simulate } from "./Simulator.ts"

/** An event that a test may spoil. */
// biome-ignore lint/suspicious/noExplicitAny: spoiling breaks types on purpose
type Loose = any

const crowded: Options = {
  config: {
    machines: 4,
    seed: 9,
    rates: [1, 6, 6, 6],
    sides: 4,
    capacity: 5,
    durationUs: 20_000_000,
    overflow: "drop-oldest",
  },
  interruptions: [
    { machine: 2, atUs: 5_000_000, downUs: 2_500_000, crash: true },
    { machine: 1, atUs: 7_050_000, downUs: 1_500_000, crash: false },
  ],
}

const replayed = (log: ReadonlyArray<Logged>, head = log.length): Replay.Outcome => {
  const replay = Replay.make()
  for (const event of log) replay.step(event)
  replay.end(head)
  return replay.outcome()
}

const find = (
  log: ReadonlyArray<Loose>,
  kind: Kind,
  holds: (event: Loose) => boolean = () => true,
): Loose => {
  const found = log.find((event) => event.kind === kind && event.position > 60 && holds(event))
  expect(found, `the execution holds a fitting ${kind}`).toBeDefined()
  return found
}

type Spoil = (log: Array<Loose>) => {
  readonly event: Loose
  readonly field: string
  readonly recorded: unknown
  readonly replayed: unknown
}

/** Each spoils one event, and the first difference is that event, with both values. */
const spoilt: ReadonlyArray<readonly [string, Spoil]> = [
  [
    "a clock",
    (log) => {
      const event = find(log, "internal")
      event.lamport += 3
      return { event, field: "lamport", recorded: event.lamport, replayed: event.lamport - 3 }
    },
  ],
  [
    "a clock that a drop moves",
    (log) => {
      const event = find(log, "dropped")
      event.lamport++
      return { event, field: "lamport", recorded: event.lamport, replayed: event.lamport - 1 }
    },
  ],
  [
    "a version",
    (log) => {
      const event = find(log, "received")
      event.version += 1_000
      return { event, field: "version", recorded: event.version, replayed: event.version - 1_000 }
    },
  ],
  [
    "a position",
    (log) => {
      const event = log[70]
      event.position = 75
      return { event, field: "position", recorded: 75, replayed: 71 }
    },
  ],
  [
    "a send that was none",
    (log) => {
      const event = find(log, "internal")
      Object.assign(event, { kind: "sent", payload: { recipients: [1] } })
      return { event, field: "kind", recorded: "sent", replayed: "internal" }
    },
  ],
  [
    "recipients",
    (log) => {
      const event = find(log, "sent", ({ payload }) => payload.recipients.length === 1)
      const [recipient] = event.payload.recipients
      event.payload.recipients = [event.machine]
      return {
        event,
        field: "payload.recipients",
        recorded: String(event.machine),
        replayed: String(recipient),
      }
    },
  ],
  [
    "what a message carries",
    (log) => {
      const event = find(
        log,
        "received",
        (e) =>
          log.find((o) => o.machine === e.machine && o.version === e.version - 1).lamport >
          e.payload.senderLamport,
      )
      event.payload.senderLamport--
      return {
        event,
        field: "payload.senderLamport",
        recorded: event.payload.senderLamport,
        replayed: event.payload.senderLamport + 1,
      }
    },
  ],
  [
    "when a message was sent",
    (log) => {
      const event = find(log, "dropped")
      event.payload.sentAtUs--
      return {
        event,
        field: "payload.sentAtUs",
        recorded: event.payload.sentAtUs,
        replayed: event.payload.sentAtUs + 1,
      }
    },
  ],
  [
    "what was left in an inbox",
    (log) => {
      const event = find(log, "stopped", ({ payload }) => payload.inbox.length > 1)
      event.payload.inbox[1].senderLamport += 2
      const found = event.payload.inbox[1].senderLamport
      return { event, field: "payload.inbox[1].senderLamport", recorded: found, replayed: found - 2 }
    },
  ],
  [
    "a message that was never sent",
    (log) => {
      const event = find(log, "received")
      event.payload.sendVersion += 1_000
      return {
        event,
        field: "message",
        recorded: `${event.payload.sender}/${event.payload.sendVersion}`,
        replayed: "not in flight to this machine",
      }
    },
  ],
  [
    "a queue length",
    (log) => {
      const event = find(log, "received", ({ queueLength }) => queueLength === 2)
      event.queueLength++
      return { event, field: "queueLength", recorded: 3, replayed: 2 }
    },
  ],
  [
    "a tick that left a message",
    (log) => {
      const event = find(log, "internal")
      event.queueLength = 1
      return { event, field: "queueLength", recorded: 1, replayed: 0 }
    },
  ],
  [
    "a phase",
    (log) => {
      const event = log[2]
      event.payload.phaseUs++
      return {
        event,
        field: "payload.phaseUs",
        recorded: event.payload.phaseUs,
        replayed: event.payload.phaseUs - 1,
      }
    },
  ],
  [
    "a rate",
    (log) => {
      const event = log[2]
      event.payload.rate = 5
      return { event, field: "payload.rate", recorded: 5, replayed: 6 }
    },
  ],
  [
    "peers",
    (log) => {
      const event = log[1]
      event.payload.peers = [2]
      return { event, field: "payload.peers", recorded: "2", replayed: "2, 4" }
    },
  ],
  [
    "a machine that the run does not have",
    (log) => {
      const event = find(log, "internal")
      event.machine = 7
      return { event, field: "machine", recorded: 7, replayed: "no machine of the run" }
    },
  ],
]

describe("an honest record", () => {
  it("is replayed without a difference, whatever the machines, policies, crashes and stops", () => {
    fc.assert(
      fc.property(simulatedLog({ maxMachines: 6, maxDurationUs: 3_000_000 }), (log) => {
        const outcome = replayed(log)
        expect(outcome.differences).toEqual([])
        expect([outcome.events, outcome.upTo]).toEqual([log.length, log.length])
      }),
      { numRuns: 150 },
    )
  })

  it("ends in the states that its last events record, all queue lengths rebuilt but those of lives cut short", () => {
    const log = simulate({ ...crowded, interruptions: [crowded.interruptions![1]!] })
    const outcome = replayed(log)
    expect(outcome).toMatchObject({ finished: true, queueLengthsNotRebuilt: 0, moreDifferences: 0 })
    for (const machine of outcome.machines) {
      const stream = log.filter((event) => event.machine === machine.machine) as Array<Loose>
      const { version, lamport, queueLength } = stream.at(-1)
      expect(machine).toEqual({
        machine: machine.machine,
        rate: stream[0].payload.rate,
        stage: "stopped",
        version,
        lamport,
        queueLength,
        rolls: stream.filter(({ kind }) => kind === "internal" || kind === "sent").length,
        received: stream.filter(({ kind }) => kind === "received").length,
      })
    }
    expect(replayed(simulate(crowded)).queueLengthsNotRebuilt).toBeGreaterThan(0)
  })
})

describe("a spoilt record differs in", () => {
  it.each(spoilt)("%s, at its position and with both values", (_, spoil) => {
    const log = structuredClone(simulate(crowded)) as Array<Loose>
    const { event, field, recorded, replayed: value } = spoil(log)
    const { differences } = replayed(log)
    expect(differences[0]).toEqual({
      position: event.position,
      event: `${event.machine}/${event.version}`,
      field,
      recorded,
      replayed: value,
    })
  })

  it("the one event whose clock was changed and in no other", () => {
    const log = structuredClone(simulate(crowded)) as Array<Loose>
    find(log, "sent", ({ payload }) => payload.recipients.length === 2).lamport += 5
    expect(replayed(log).differences).toHaveLength(1)
  })

  it("a record that is no event, and one that has no configuration", () => {
    const log = simulate(crowded)
    const unreadable = { position: 40, machine: 3, version: 9, unreadable: "its kind is unknown" }
    const spoiled = [...log.slice(0, 39), unreadable, ...log.slice(40)] as ReadonlyArray<Logged>
    expect(replayed(spoiled).differences[0]).toMatchObject({
      position: 40,
      event: "3/9",
      field: "record",
      recorded: "its kind is unknown",
    })
    const sided = structuredClone(log) as Array<Loose>
    sided[0].payload.sides = 1
    expect(replayed(sided).differences[0]).toMatchObject({ position: 1, event: "0/1", field: "payload" })
  })

  it("its end, where the head promises more or less", () => {
    const log = simulate(crowded)
    expect(replayed(log.slice(0, -1), log.length).differences).toEqual([
      {
        position: log.length - 1,
        event: expect.any(String),
        field: "head",
        recorded: log.length,
        replayed: log.length - 1,
      },
    ])
  })

  it("more places than are listed, the rest being counted", () => {
    const log = (structuredClone(simulate(crowded)) as Array<Loose>).map((event) => ({
      ...event,
      lamport: 7,
    }))
    const outcome = replayed(log)
    expect(outcome.differences).toHaveLength(Limits.maxListedFailures)
    expect(outcome.moreDifferences).toBeGreaterThan(100)
  })
})

it("garbage is a difference and never an exception", () => {
  const log = simulate(crowded).slice(0, 40)
  fc.assert(
    fc.property(fc.array(fc.anything(), { minLength: 1, maxLength: 5 }), (garbage) => {
      const all = [...log, ...garbage] as Array<Logged>
      expect(replayed(all).differences.length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})
