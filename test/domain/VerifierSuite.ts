/**
 * What is asked of a verifier, whichever it is: ours in the tests, and ours with one check broken in
 * scripts/mutations.ts. Honest executions give nothing; each broken one gives the rules that break, and names the
 * event that was spoilt first.
 */
import type * as Verification from "../../src/domain/Verification.ts"
import {
  after,
  brokenLog,
  crowded,
  find,
  honestLog,
  type Loose,
  mutations,
  ofMachine,
  withPolicy,
} from "./BrokenLogs.ts"
import type { Options } from "./Simulator.ts"

export type Verifier = Pick<typeof Verification, "verify" | "make" | "Relations">

const small: Options = { config: { machines: 2, seed: 5, rates: [6, 1], sides: 3, durationUs: 20_000_000 } }
const overdue: Options = {
  config: { machines: 1, seed: 1, rates: [6], durationUs: 10_000_000 },
  interruptions: [{ machine: 1, atUs: 5_000_000, downUs: 2_500_000, crash: true }],
}

const honest: ReadonlyArray<Options> = [
  crowded,
  withPolicy("drop-newest"),
  withPolicy("drop-oldest"),
  small,
  overdue,
  { config: { machines: 1, seed: 3, durationUs: 3_000_000 } },
  { ...crowded, cutAtUs: 6_000_000 },
  { ...withPolicy("drop-oldest"), cutAtUs: 9_000_000 },
  {
    config: { machines: 20, seed: 4, durationUs: 6_000_000, sides: 4, capacity: 2, overflow: "drop-newest" },
  },
  {
    config: { machines: 5, seed: 8, durationUs: 9_000_000, sides: 3, capacity: 1, overflow: "drop-oldest" },
    maxDelayUs: 1,
  },
]

/** One event spoilt: the clause that shows it, and whether it must be named first of all. */
type Spoil = (log: Array<Loose>) => Loose
interface Spoilt {
  readonly name: string
  readonly rule: string
  readonly spoil: Spoil
  readonly options?: Options
  /** How often the clause fails. */
  readonly times?: number
  /** What the head says, where it says anything. */
  readonly head?: number
  /** The addresses of the first failure, where more than the spoilt event matters. */
  readonly first?: (event: Loose, log: ReadonlyArray<Loose>) => ReadonlyArray<string>
}

const address = ({ machine, version }: Loose): string => `${machine}/${version}`
const before = (log: ReadonlyArray<Loose>, event: Loose): Loose =>
  log.find((one) => one.machine === event.machine && one.version === event.version - 1)
const ofRun = (
  log: ReadonlyArray<Loose>,
  kind: Loose,
  holds: (event: Loose) => boolean = () => true,
): Loose => find(log as Array<Loose>, kind, (event) => event.position > log.length / 3 && holds(event))
const quiet = (log: Array<Loose>): Loose =>
  ofRun(log, "internal", (e) => after(log, e)?.kind === "internal" && before(log, e)?.kind === "internal")
const waiting = (log: Array<Loose>): Loose =>
  ofRun(
    log,
    "received",
    (e) => e.queueLength === 2 && after(log, e)?.kind === "received" && before(log, e)?.kind === "received",
  )

const set =
  (choose: (log: Array<Loose>) => Loose, change: (event: Loose, log: Array<Loose>) => void): Spoil =>
  (log) => {
    const event = choose(log)
    change(event, log)
    return event
  }

export const spoilt: Array<Spoilt> = [
  {
    name: "time before the one before",
    rule: "log/stamps",
    spoil: set(quiet, (e, log) => {
      e.occurredAtUs = before(log, e).occurredAtUs - 1
    }),
  },
  {
    name: "time at the one before",
    rule: "log/stamps",
    spoil: set(quiet, (e, log) => {
      e.occurredAtUs = before(log, e).occurredAtUs
    }),
  },
  {
    name: "time at the one after",
    rule: "log/stamps",
    spoil: set(quiet, (e, log) => {
      e.occurredAtUs = after(log, e).occurredAtUs
    }),
    first: (e, log) => [address(e), address(after(log as Array<Loose>, e))],
  },
  {
    name: "time after the one after",
    rule: "log/stamps",
    spoil: set(quiet, (e, log) => {
      e.occurredAtUs = after(log, e).occurredAtUs + 1
    }),
  },
  {
    name: "arrival at the taking",
    rule: "log/stamps",
    spoil: set(waiting, (e) => {
      e.payload.arrivedAtUs = e.occurredAtUs
    }),
  },
  {
    name: "clock one up",
    rule: "log/clock",
    spoil: set(quiet, (e) => {
      e.lamport++
    }),
  },
  {
    name: "clock one down at a receipt",
    rule: "log/clock",
    spoil: set(waiting, (e) => {
      e.lamport--
    }),
  },
  {
    name: "clock moved by a drop",
    rule: "log/clock",
    spoil: set(
      (log) => ofRun(log, "dropped"),
      (e) => {
        e.lamport++
      },
    ),
    options: withPolicy("drop-oldest"),
  },
  {
    name: "clock far below",
    rule: "clock-condition/vector-clocks",
    spoil: set(waiting, (e) => {
      e.lamport = 1
    }),
  },
  {
    name: "queue one up",
    rule: "queues/length",
    spoil: set(waiting, (e) => {
      e.queueLength++
    }),
  },
  {
    name: "queue one down",
    rule: "queues/length",
    spoil: set(waiting, (e) => {
      e.queueLength--
    }),
  },
  {
    name: "queue above capacity",
    rule: "queues/capacity",
    spoil: set(waiting, (e) => {
      e.queueLength = 5
    }),
  },
  {
    name: "life not empty",
    rule: "queues/empty-at-start",
    spoil: set(
      (log) => find(log, "resumed"),
      (e) => {
        e.queueLength = 1
      },
    ),
  },
  {
    name: "drop with room",
    rule: "queues/overflow",
    spoil: set(
      (log) => ofRun(log, "dropped"),
      (e) => {
        e.queueLength--
      },
    ),
    options: withPolicy("drop-newest"),
  },
  {
    name: "drop of the other kind",
    rule: "queues/overflow",
    spoil: set(
      (log) => ofRun(log, "dropped"),
      (e) => {
        e.payload.reason = "drop-oldest"
      },
    ),
    options: withPolicy("drop-newest"),
  },
  {
    name: "drop of the other kind, again",
    rule: "queues/overflow",
    spoil: set(
      (log) => ofRun(log, "dropped"),
      (e) => {
        e.payload.reason = "drop-newest"
      },
    ),
    options: withPolicy("drop-oldest"),
  },
  {
    name: "tick too early",
    rule: "schedule/early",
    spoil: set(quiet, (e) => {
      e.occurredAtUs -= 1
    }),
  },
  {
    name: "one missed too many",
    rule: "schedule/overdue",
    spoil: set(
      (log) => find(log, "missed"),
      (e) => {
        e.payload.count++
      },
    ),
  },
  {
    name: "one missed too few",
    rule: "schedule/all-due",
    spoil: set(
      (log) => find(log, "missed", (e) => e.payload.count > 1),
      (e) => {
        e.payload.count--
      },
    ),
  },
  {
    name: "one missed later",
    rule: "schedule/order",
    spoil: set(
      (log) => find(log, "missed", (e) => e.payload.count > 1),
      (e) => {
        e.payload.first++
      },
    ),
  },
  {
    name: "stopped for another reason",
    rule: "log/closed",
    spoil: set(
      (log) => find(log, "stopped", (e) => e.payload.reason === "finished"),
      (e) => {
        e.payload.reason = "interrupted"
      },
    ),
  },
  {
    name: "stopped as finished too soon",
    rule: "schedule/all-due",
    spoil: set(
      (log) => find(log, "stopped", (e) => e.payload.reason === "interrupted"),
      (e) => {
        e.payload.reason = "finished"
      },
    ),
  },
  {
    name: "carried clock",
    rule: "clock-condition/carried-clock",
    spoil: set(waiting, (e) => {
      e.payload.senderLamport--
    }),
  },
  {
    name: "sentAt",
    rule: "messages/sent-at",
    spoil: set(waiting, (e) => {
      e.payload.sentAtUs++
    }),
  },
  {
    name: "never sent",
    rule: "messages/committed-send",
    spoil: set(waiting, (e) => {
      e.payload.sendVersion += 1_000
    }),
  },
  {
    name: "sent by nobody",
    rule: "messages/committed-send",
    spoil: set(waiting, (e) => {
      e.payload.sender = 40
    }),
  },
  {
    name: "recipient",
    rule: "log/rolls",
    spoil: set(
      (log) => ofRun(log, "sent", (e) => e.payload.recipients.length === 1),
      (e) => {
        e.payload.recipients = [e.machine]
      },
    ),
  },
  {
    name: "no recipient",
    rule: "log/rolls",
    spoil: set(
      (log) => ofRun(log, "sent"),
      (e) => {
        e.payload.recipients = []
      },
    ),
  },
  {
    name: "phase",
    rule: "log/configuration",
    spoil: set(
      (log) => find(log, "started"),
      (e) => {
        e.payload.phaseUs++
      },
    ),
  },
  {
    name: "rate",
    rule: "log/configuration",
    spoil: set(
      (log) => find(log, "started"),
      (e) => {
        e.payload.rate++
      },
    ),
  },
  {
    name: "peers",
    rule: "log/configuration",
    spoil: set(
      (log) => find(log, "started"),
      (e) => {
        e.payload.peers = [3]
      },
    ),
  },
  {
    name: "a start later than the machines'",
    rule: "log/stamps",
    spoil: set(
      (log) => log[0],
      (e) => {
        e.occurredAtUs += 1_000
      },
    ),
  },
  {
    name: "another seed",
    rule: "log/configuration",
    spoil: set(
      (log) => log[0],
      (e) => {
        e.payload.seed++
      },
    ),
  },
  {
    name: "other sides",
    rule: "log/rolls",
    spoil: set(
      (log) => log[0],
      (e) => {
        e.payload.sides = 11
      },
    ),
  },
  {
    name: "a longer schedule",
    rule: "schedule/all-due",
    spoil: set(
      (log) => log[0],
      (e) => {
        e.payload.durationUs += 1_000_000
      },
    ),
  },
  {
    name: "a shorter schedule",
    rule: "schedule/end",
    spoil: set(
      (log) => log[0],
      (e) => {
        e.payload.durationUs -= 1_000_000
      },
    ),
  },
  {
    name: "version",
    rule: "log/versions",
    spoil: set(quiet, (e) => {
      e.version += 1_000
    }),
  },
  {
    name: "deleted",
    rule: "log/positions",
    spoil: (log) => {
      const event = quiet(log)
      log.splice(log.indexOf(event), 1)
      return event
    },
  },
  {
    name: "deleted at the end",
    rule: "log/closed",
    spoil: (log) => {
      const stopped = ofMachine(log, 2).at(-1)
      log.splice(log.indexOf(stopped), 1)
      return stopped
    },
  },
  {
    name: "left out of what is left",
    rule: "queues/listed",
    spoil: set(
      (log) => find(log, "stopped", (e) => e.payload.inbox.length > 1),
      (e) => {
        e.payload.inbox.shift()
      },
    ),
  },
  {
    name: "listed out of order",
    rule: "messages/fifo",
    options: small,
    spoil: set(
      (log) => find(log, "stopped", (e) => e.payload.inbox.length > 3),
      (e) => {
        const [one, two] = [e.payload.inbox[0], e.payload.inbox[1]]
        const times = [one.arrivedAtUs, two.arrivedAtUs]
        e.payload.inbox[0] = { ...two, arrivedAtUs: times[0] }
        e.payload.inbox[1] = { ...one, arrivedAtUs: times[1] }
      },
    ),
  },
]

const refusedDrop = (log: Array<Loose>): Loose =>
  ofRun(log, "dropped", (e) => before(log, e)?.kind === "dropped")
const cutLast =
  (count: number): Spoil =>
  (log) => {
    const [event] = log.splice(-count)
    return event
  }

spoilt.push(
  {
    name: "a clock wrong once is one failure of the rule",
    rule: "log/clock",
    times: 1,
    spoil: set(quiet, (e) => {
      e.lamport++
    }),
  },
  {
    name: "a refused message that arrived at the event before it",
    rule: "log/stamps",
    options: withPolicy("drop-newest"),
    spoil: set(refusedDrop, (e, log) => {
      e.payload.arrivedAtUs = before(log, e).occurredAtUs
    }),
  },
  {
    name: "a refused message that arrived as it was dropped",
    rule: "log/stamps",
    options: withPolicy("drop-newest"),
    spoil: set(refusedDrop, (e) => {
      e.payload.arrivedAtUs = e.occurredAtUs
    }),
  },
  {
    name: "a machine started twice",
    rule: "log/life",
    spoil: set(quiet, (e, log) => {
      Object.assign(e, {
        kind: "started",
        payload: log.find((o) => o.machine === e.machine).payload,
        lamport: 0,
      })
    }),
  },
  {
    name: "an event after stopped",
    rule: "log/life",
    spoil: set(
      (log) => find(log, "resumed", (e) => before(log, e).kind === "stopped"),
      (e) => {
        Object.assign(e, { kind: "missed", payload: { first: 1, count: 1, reason: "overdue" } })
      },
    ),
    first: (e) => [address(e), `${e.machine}/${e.version - 1}`],
  },
  {
    name: "the last event gone, by the head",
    rule: "log/head",
    head: honestLog(crowded).length,
    spoil: cutLast(1),
  },
  {
    name: "the last two events gone, by the head",
    rule: "log/head",
    head: honestLog(crowded).length,
    spoil: cutLast(2),
    first: (event) => [address(event), "0/2"],
  },
  {
    name: "two events of a stream gone",
    rule: "log/positions",
    spoil: (log) => {
      const event = quiet(log)
      log.splice(log.indexOf(after(log, event)), 1)
      log.splice(log.indexOf(event), 1)
      return event
    },
  },
)

/** Two successive messages of one link that were taken, or refused, in one life. */
const pairOf = (log: ReadonlyArray<Loose>, kind: "received" | "dropped"): readonly [Loose, Loose] => {
  for (const one of log) {
    if (one.kind !== kind || one.position < log.length / 3) continue
    const other = log.find(
      (e) =>
        e.kind === kind &&
        e.machine === one.machine &&
        e.version > one.version &&
        e.payload.sender === one.payload.sender &&
        e.payload.sentAtUs < one.payload.arrivedAtUs,
    )
    if (other !== undefined) return [one, other]
  }
  throw new Error("no two messages of one link were on the way together")
}
const exchange = (one: Loose, other: Loose): void => {
  const { arrivedAtUs: _, ...carried } = one.payload
  const { arrivedAtUs: __, ...otherwise } = other.payload
  Object.assign(one.payload, otherwise)
  Object.assign(other.payload, carried)
}

spoilt.push(
  {
    name: "moved to the place of another",
    rule: "log/positions",
    times: 2,
    spoil: (log) => {
      const event = quiet(log)
      event.position -= 40
      log.sort((a, b) => a.position - b.position || a.machine - b.machine)
      return event
    },
  },
  {
    name: "taken out of turn, and nothing after it",
    rule: "messages/fifo",
    times: 1,
    spoil: (log) => {
      const [one, other] = pairOf(log, "received")
      exchange(one, other)
      log.splice(log.indexOf(one) + 1)
      return one
    },
  },
  {
    name: "taken out of turn, and then the one before",
    rule: "messages/fifo",
    times: 2,
    spoil: (log) => {
      const [one, other] = pairOf(log, "received")
      exchange(one, other)
      log.splice(log.indexOf(other) + 1)
      return one
    },
  },
  {
    name: "refused out of turn",
    rule: "messages/fifo",
    options: withPolicy("drop-newest"),
    times: 1,
    spoil: (log) => {
      const [one, other] = pairOf(log, "dropped")
      exchange(one, other)
      log.splice(log.indexOf(other) + 1)
      return other
    },
  },
)

const runFinished = (log: ReadonlyArray<Loose>): Loose => log.at(-1)
spoilt.push(
  {
    name: "a version of the run's own",
    rule: "log/versions",
    spoil: set(runFinished, (e) => {
      e.version = 7
    }),
  },
  {
    name: "a time of the run's own",
    rule: "log/stamps",
    spoil: set(runFinished, (e, log) => {
      e.occurredAtUs = log[0].occurredAtUs
    }),
  },
  {
    name: "a configuration that cannot be run",
    rule: "log/run-started",
    spoil: set(
      (log) => log[0],
      (e) => {
        e.payload.sides = 2
      },
    ),
  },
)

const clausesOf = (verdict: Verification.Verdict) =>
  verdict.checks.flatMap(({ invariant, failures }) =>
    failures.map(({ rule, events }) => ({ clause: `${invariant}/${rule}`, events })),
  )

const honestComplaints = (verifier: Verifier): ReadonlyArray<string> =>
  honest.flatMap((options, i) => {
    const log = honestLog(options)
    const verdict = verifier.verify(log)
    const clauses = clausesOf(verdict).map(({ clause }) => clause)
    const { recipients, received, dropped, leftInInboxes, inFlight, ticks, missed, due } = verdict.counts
    const accounts = recipients === received + dropped + leftInInboxes + inFlight && inFlight >= 0
    const scheduled = !verdict.finished || ticks + missed === due
    return clauses.length === 0 && accounts && scheduled ? [] : [`honest ${i}: ${clauses.slice(0, 3)}`]
  })

const sorted = (clauses: ReadonlyArray<string>): string => [...new Set(clauses)].sort().join(" ")

const brokenComplaints = (verifier: Verifier): ReadonlyArray<string> =>
  mutations.flatMap(([name, rules, mutate, options = crowded]) => {
    const found = sorted(clausesOf(verifier.verify(brokenLog(options, mutate))).map(({ clause }) => clause))
    return found === sorted(rules) ? [] : [`${name}: ${found}`]
  })

const spoiltComplaints = (verifier: Verifier): ReadonlyArray<string> =>
  spoilt.flatMap(({ name, rule, spoil, options = crowded, first, times, head }) => {
    const log = structuredClone(honestLog(options)) as Array<Loose>
    const event = spoil(log)
    const verification = verifier.make(head === undefined ? {} : { head })
    for (const one of log) verification.step(one)
    const failures = clausesOf(verification.finish())
    const failing = failures.filter(({ clause }) => clause === rule).length
    const names = first?.(event, log) ?? [address(event)]
    const named = names.every((one, i) => failures[0]?.events[i] === one)
    return named && failing > 0 && failing === (times ?? failing)
      ? []
      : [
          `${name}: ${failures
            .slice(0, 4)
            .map(({ clause, events }) => `${clause} ${events}`)
            .join(" | ")}`,
        ]
  })

/** Everything in which a verifier falls short; nothing of one that is right. */
export const complaints = (verifier: Verifier): ReadonlyArray<string> => [
  ...honestComplaints(verifier),
  ...brokenComplaints(verifier),
  ...spoiltComplaints(verifier),
]
