/** Executions broken on purpose, one rule at a time: whatever verifies must say exactly which rules then break. */
import type { Kind, Logged } from "../../src/domain/ClockEvent.ts"
import { type Options, simulate, startUs } from "./Simulator.ts"

/** An event that a test may spoil. */
// biome-ignore lint/suspicious/noExplicitAny: mutations break types on purpose
export type Loose = any
export type Mutation = (log: Array<Loose>) => void

export const crowded: Options = {
  config: { machines: 4, seed: 9, rates: [1, 6, 6, 6], sides: 4, capacity: 5, durationUs: 20_000_000 },
  interruptions: [
    { machine: 2, atUs: 5_000_000, downUs: 2_500_000, crash: true },
    { machine: 1, atUs: 7_050_000, downUs: 1_500_000, crash: false },
  ],
}

export const withPolicy = (overflow: "backpressure" | "drop-newest" | "drop-oldest"): Options => ({
  ...crowded,
  config: { ...crowded.config, overflow },
})

export const find = (
  log: Array<Loose>,
  kind: Kind,
  holds: (event: Loose, at: number) => boolean = () => true,
): Loose => {
  const found = log.find((event, at) => event.kind === kind && holds(event, at))
  if (found === undefined) throw new Error(`the execution holds no fitting ${kind}`)
  return found
}

export const ofMachine = (log: Array<Loose>, machine: number): Array<Loose> =>
  log.filter((event) => event.machine === machine)

export const after = (log: Array<Loose>, event: Loose): Loose =>
  log.find((one) => one.machine === event.machine && one.version === event.version + 1)

/** Takes an event out and closes positions and versions up, so that nothing else shows it. */
export const remove = (log: Array<Loose>, event: Loose): void => {
  log.splice(log.indexOf(event), 1)
  log.forEach((one, i) => {
    one.position = i + 1
    if (one.machine === event.machine && one.version > event.version) one.version--
  })
}

export const insertAfter = (log: Array<Loose>, event: Loose, added: Loose): void => {
  log.splice(log.indexOf(event) + 1, 0, added)
  log.forEach((one, i) => {
    one.position = i + 1
    if (one !== added && one.machine === added.machine && one.version >= added.version) one.version++
  })
}

export const swap = (a: Loose, b: Loose): void => {
  const [payloadA, payloadB] = [a.payload, b.payload]
  a.payload = payloadB
  b.payload = payloadA
}

/** Two successive receipts of one link behind a position, of messages that were on the way together. */
export const receiptsOfOneLink = (log: ReadonlyArray<Loose>, behind = 0): [Loose, Loose] => {
  for (const first of log)
    if (first.kind === "received" && first.position > behind) {
      const second = log.find(
        (e) =>
          e.kind === "received" &&
          e.machine === first.machine &&
          e.version > first.version &&
          e.payload.sender === first.payload.sender &&
          e.payload.sentAtUs < first.payload.arrivedAtUs,
      )
      if (second !== undefined) return [first, second]
    }
  throw new Error("no two messages of one link were on the way together")
}

/** Each breaks one rule, and the rules that then break are told in full: [invariant/rule ...]. */
export const mutations: ReadonlyArray<readonly [string, ReadonlyArray<string>, Mutation, Options?]> = [
  [
    "a machine whose number is not a number",
    ["log/shape", "log/closed"],
    (log) => {
      find(log, "stopped", (e) => e.payload.reason === "finished").machine = "1"
    },
  ],
  [
    "a position left out",
    ["log/positions"],
    (log) => {
      for (const event of log.slice(50)) event.position++
    },
  ],
  [
    "a log that begins without its configuration",
    ["log/run-started"],
    (log) => {
      remove(log, log[0])
    },
  ],
  [
    "a configuration that cannot be run",
    ["log/run-started"],
    (log) => {
      log[0].payload.sides = 2
    },
  ],
  [
    "a second run-started",
    ["log/run-started"],
    (log) => {
      const again = { ...log[0], version: 2, occurredAtUs: startUs + 1 }
      insertAfter(log, log[20], again)
    },
  ],
  [
    "an event of a machine that the run does not have",
    ["log/machines"],
    (log) => {
      insertAfter(log, log[60], { ...log[1], machine: 5 })
    },
  ],
  [
    "a version left out",
    ["log/versions"],
    (log) => {
      const stopped = ofMachine(log, 4).at(-1)
      stopped.version++
    },
  ],
  [
    "two events of a machine at one time",
    ["log/stamps", "schedule/early"],
    (log) => {
      const event = find(log, "internal", (e) => e.machine === 4 && after(log, e)?.kind === "internal")
      after(log, event).occurredAtUs = event.occurredAtUs
    },
  ],
  [
    "a message that arrives at the very time of an event",
    ["log/stamps"],
    (log) => {
      const event = find(log, "internal", (e) => after(log, e)?.kind === "received")
      after(log, event).payload.arrivedAtUs = event.occurredAtUs
    },
  ],
  [
    "a message taken at the time of its arrival",
    ["log/stamps"],
    (log) => {
      const event = find(log, "received", (e) => e.queueLength === 0)
      event.payload.arrivedAtUs = event.occurredAtUs
    },
  ],
  [
    "a stream that does not begin with started",
    ["log/life"],
    (log) => {
      Object.assign(find(log, "started"), { kind: "resumed", payload: { downUs: 0 } })
    },
  ],
  [
    "an event between stopped and resumed",
    ["log/life"],
    (log) => {
      const stopped = find(log, "stopped", (e) => e.machine === 1)
      const late = { ...stopped, version: stopped.version + 1, occurredAtUs: stopped.occurredAtUs + 1 }
      insertAfter(log, stopped, {
        ...late,
        kind: "missed",
        payload: { first: 0, count: 1, reason: "overdue" },
      })
      const missed = after(log, stopped)
      const next = ofMachine(log, 1).filter(
        (e) => e.version < stopped.version && e.kind === "received",
      ).length
      missed.payload = { first: next, count: 1, reason: "store-outage" }
      missed.occurredAtUs = find(log, "resumed", (e) => e.machine === 1).occurredAtUs - 1
      remove(
        log,
        find(log, "missed", (e) => e.machine === 1 && e !== missed),
      )
    },
    {
      ...crowded,
      interruptions: [{ machine: 1, atUs: 7_050_000, downUs: 2_030_000, crash: false }],
    },
  ],
  [
    "a clock that stands still at an event",
    ["log/clock", "clock-condition/consecutive", "clock-condition/vector-clocks"],
    (log) => {
      const event = find(log, "internal", (e) => after(log, e)?.kind === "received")
      event.lamport--
    },
  ],
  [
    "a dropped message that ticks the clock",
    ["log/clock"],
    (log) => {
      const event = find(log, "dropped", (e) => after(log, e)?.kind === "dropped")
      event.lamport++
    },
    withPolicy("drop-newest"),
  ],
  [
    "a send where the seed rolls an internal event",
    ["log/rolls"],
    (log) => {
      Object.assign(find(log, "internal"), {
        kind: "sent",
        payload: { recipients: [find(log, "internal").machine] },
      })
    },
  ],
  [
    "a started that names another phase",
    ["log/configuration"],
    (log) => {
      find(log, "started").payload.phaseUs++
    },
  ],
  [
    "an event after run-finished",
    ["log/run-finished"],
    (log) => {
      const last = log.at(-1)
      log.push({
        ...last,
        kind: "run-resumed",
        payload: { downUs: 1 },
        position: last.position + 1,
        version: 3,
        occurredAtUs: last.occurredAtUs + 1,
      })
    },
  ],
  [
    "a run that says it was down for longer than it was",
    ["log/resumed"],
    (log) => {
      const [finished] = log.splice(-1)
      const resumed = { kind: "run-resumed", payload: { downUs: 2 }, occurredAtUs: finished.occurredAtUs }
      log.push({ ...finished, ...resumed })
      log.push({
        ...finished,
        position: finished.position + 1,
        version: 3,
        occurredAtUs: finished.occurredAtUs + 1,
      })
    },
  ],
  [
    "consecutive clock events with falling clocks",
    ["log/clock", "clock-condition/consecutive", "clock-condition/vector-clocks"],
    (log) => {
      find(log, "internal", (e) => e.lamport > 5).lamport -= 3
    },
  ],
  [
    "a message that carries another clock than its send's",
    ["clock-condition/carried-clock"],
    (log) => {
      find(log, "received", (e) => {
        const before = log.find((one) => one.machine === e.machine && one.version === e.version - 1)
        return before !== undefined && before.lamport > e.payload.senderLamport
      }).payload.senderLamport--
    },
  ],
  [
    "a receipt at or below its send's clock",
    ["clock-condition/carried-clock", "clock-condition/send-receive", "clock-condition/vector-clocks"],
    (log) => {
      const before = (e: Loose) => log.find((o) => o.machine === e.machine && o.version === e.version - 1)
      const jump = find(log, "received", (e) => e.lamport > before(e).lamport + 1)
      log.splice(log.indexOf(jump) + 1)
      jump.payload.senderLamport = before(jump).lamport
      jump.lamport = before(jump).lamport + 1
    },
  ],
  [
    "a received whose send never was",
    ["messages/committed-send", "messages/account"],
    (log) => {
      const event = find(log, "received", (e) => {
        const later = log.find(
          (r) =>
            r.kind === "received" &&
            r.position > e.position &&
            r.payload.sender === e.payload.sender &&
            r.machine === e.machine,
        )
        return later === undefined && e.queueLength === 0
      })
      event.payload.sendVersion += 1000
    },
    { config: { machines: 3, seed: 5, durationUs: 20_000_000 } },
  ],
  [
    "a message received twice",
    ["messages/once", "messages/account"],
    (log) => {
      const first = find(log, "received")
      const second = find(
        log,
        "received",
        (e) => e.machine === first.machine && e !== first && e.payload.sender === first.payload.sender,
      )
      second.payload = { ...first.payload, arrivedAtUs: second.payload.arrivedAtUs }
      second.lamport = ofMachine(log, second.machine)[second.version - 2].lamport + 1
      log.splice(log.indexOf(second) + 1)
    },
  ],
  [
    "two receipts of a link in the wrong order",
    ["messages/fifo"],
    (log) => {
      const [first, second] = receiptsOfOneLink(log)
      const [a, b] = [first.payload.arrivedAtUs, second.payload.arrivedAtUs]
      swap(first, second)
      first.payload.arrivedAtUs = a
      second.payload.arrivedAtUs = b
      // What waits together is taken tick after tick, so nothing but receipts needs its clock set anew.
      log.splice(log.indexOf(second) + 1)
      let clock = ofMachine(log, first.machine).find((e) => e.version === first.version - 1).lamport
      for (const event of ofMachine(log, first.machine).slice(first.version - 1)) {
        if (event.kind === "received") clock = Math.max(clock, event.payload.senderLamport) + 1
        event.lamport = clock
      }
    },
  ],
  [
    "a sentAt that is not the time of the send",
    ["messages/sent-at"],
    (log) => {
      find(log, "received").payload.sentAtUs--
    },
  ],
  [
    "a message that arrives before it is sent",
    ["messages/arrived-at", "messages/sent-at"],
    (log) => {
      const event = find(log, "received", (e) => e.queueLength === 0)
      event.payload.sentAtUs = event.occurredAtUs + 1
      const send = log.find(
        (e) => e.machine === event.payload.sender && e.version === event.payload.sendVersion,
      )
      event.payload.arrivedAtUs = send.occurredAtUs - 1
    },
  ],
  [
    "a queue length that is one too large",
    ["queues/length"],
    (log) => {
      find(log, "received", (e) => e.queueLength === 1 && after(log, e)?.queueLength === 2).queueLength++
    },
  ],
  [
    "a queue length that is one too small",
    ["queues/length"],
    (log) => {
      find(log, "received", (e) => e.queueLength === 2).queueLength--
    },
  ],
  [
    "a queue above its capacity",
    ["queues/capacity"],
    (log) => {
      log[0].payload.capacity = 4
    },
  ],
  [
    "a life that begins with messages in the inbox",
    ["queues/empty-at-start"],
    (log) => {
      find(log, "resumed").queueLength = 1
    },
  ],
  [
    "a tick that leaves the message it finds",
    ["queues/takes", "queues/length"],
    (log) => {
      find(log, "internal", (e) => after(log, e)?.kind === "internal").queueLength = 1
    },
  ],
  [
    "a drop from an inbox that is not full",
    ["queues/overflow"],
    (log) => {
      log[0].payload.capacity = 6
    },
    withPolicy("drop-newest"),
  ],
  [
    "a drop under backpressure",
    ["queues/overflow"],
    (log) => {
      log[0].payload.overflow = "backpressure"
    },
    withPolicy("drop-oldest"),
  ],
  [
    "a stopped that does not list what is left",
    ["queues/listed"],
    (log) => {
      find(log, "stopped", (e) => e.queueLength > 0 && e.payload.reason === "finished").payload.inbox.pop()
    },
  ],
  [
    "a stopped that lists a message twice",
    ["messages/once"],
    (log) => {
      const { inbox } = find(log, "stopped", (e) => e.queueLength > 2).payload
      Object.assign(inbox.at(-1), { ...inbox.at(-2), arrivedAtUs: inbox.at(-1).arrivedAtUs })
    },
    { config: { machines: 2, seed: 5, rates: [6, 1], sides: 3, durationUs: 20_000_000 } },
  ],
  [
    "a tick before it is due",
    ["schedule/early"],
    (log) => {
      const event = find(log, "internal", (e) => after(log, e)?.kind === "internal")
      event.occurredAtUs -= 2
    },
  ],
  [
    "ticks that were skipped without a word",
    ["schedule/order"],
    (log) => {
      const missed = find(log, "missed")
      missed.payload.first++
      missed.payload.count--
    },
  ],
  [
    "a tick that is missed though it was not overdue enough",
    ["schedule/overdue"],
    (log) => {
      const missed = find(log, "missed")
      const resumed = find(log, "resumed", (e) => e.machine === missed.machine)
      for (const event of [missed, resumed]) event.occurredAtUs -= 200_000
    },
    {
      config: { machines: 1, seed: 1, rates: [6], durationUs: 10_000_000 },
      interruptions: [{ machine: 1, atUs: 5_000_000, downUs: 2_500_000, crash: true }],
    },
  ],
  [
    "a tick after the end of the schedule",
    ["schedule/end"],
    (log) => {
      log[0].payload.durationUs -= 150_000
    },
  ],
  [
    "a finished run that lacks a tick",
    ["schedule/all-due"],
    (log) => {
      const last = find(log, "internal", (e) => after(log, e).kind === "stopped")
      after(log, last).lamport--
      remove(log, last)
    },
    { config: { machines: 3, seed: 2, sides: 30, durationUs: 5_000_000 } },
  ],
]

const simulated = new Map<string, ReadonlyArray<Logged>>()

/** A log of these settings, simulated once. */
export const honestLog = (options: Options): ReadonlyArray<Logged> => {
  const name = JSON.stringify(options)
  const log = simulated.get(name) ?? simulate(options)
  simulated.set(name, log)
  return log
}

/** A log of these settings with this done to it. */
export const brokenLog = (options: Options, mutate: Mutation): Array<Loose> => {
  const log = structuredClone(honestLog(options)) as Array<Loose>
  mutate(log)
  return log
}
