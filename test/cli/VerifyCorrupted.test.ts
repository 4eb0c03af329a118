import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Kind, Logged } from "../../src/domain/ClockEvent.ts"
import { rules } from "../../src/domain/verification/Rules.ts"
import { receiptsOfOneLink } from "../domain/BrokenLogs.ts"
import {
  isConcurrent,
  isOfOneSender,
  isThroughAnother,
  type Pair,
  successive,
} from "../domain/OrderedReceipts.ts"
import {
  at,
  type CorruptibleRuns,
  corruptibleRuns,
  modelled,
  ordered,
  type Run,
  runs,
} from "../support/CorruptibleRuns.ts"

let corruptible: CorruptibleRuns
beforeAll(async () => {
  corruptible = await corruptibleRuns()
})
afterAll(() => corruptible.close())

/** An event whose payload is looked into loosely. */
// biome-ignore lint/suspicious/noExplicitAny: payloads of many kinds
type Loose = any
type Place = { readonly machine: number; readonly version: number }

/** What SQL does to a run, and the events that it does it to; statements know nothing of the verifier. */
interface Corruption {
  readonly statements: ReadonlyArray<string>
  readonly corrupted: ReadonlyArray<Place>
}
type Corrupt = (log: ReadonlyArray<Loose>, run: Run) => Corruption

const address = ({ machine, version }: Place): string => `${machine}/${version}`
const find = (
  log: ReadonlyArray<Loose>,
  kind: Kind,
  holds: (event: Loose) => boolean = () => true,
): Loose => {
  const found = log.find((event) => event.kind === kind && holds(event))
  expect(found, `the run holds a fitting ${kind}`).toBeDefined()
  return found
}
const neighbour = (log: ReadonlyArray<Loose>, event: Loose, by: number): Loose =>
  log.find((one) => one.machine === event.machine && one.version === event.version + by)
const next = (log: ReadonlyArray<Loose>, event: Loose): Loose => neighbour(log, event, 1)
const before = (log: ReadonlyArray<Loose>, event: Loose): Loose => neighbour(log, event, -1)
const middle = (log: ReadonlyArray<Loose>): number => log.length / 3

const update = (run: Run, event: Place, assignments: string): string =>
  `update lightcone.log set ${assignments} where ${at(run, event)}`

/** One event, chosen by `choose`, changed by `assignments`. */
const changed =
  (
    choose: (log: ReadonlyArray<Loose>) => Loose,
    assignments: string | ((event: Loose, log: ReadonlyArray<Loose>) => string),
  ): Corrupt =>
  (log, run) => {
    const event = choose(log)
    const text = typeof assignments === "string" ? assignments : assignments(event, log)
    return { statements: [update(run, event, text)], corrupted: [event] }
  }
const deleted =
  (choose: (log: ReadonlyArray<Loose>) => Loose): Corrupt =>
  (log, run) => {
    const event = choose(log)
    return { statements: [`delete from lightcone.log where ${at(run, event)}`], corrupted: [event] }
  }

const quietInternal = (log: ReadonlyArray<Loose>): Loose =>
  find(
    log,
    "internal",
    (e) =>
      e.position > middle(log) && next(log, e)?.kind === "internal" && before(log, e)?.kind === "internal",
  )
const waiting = (log: ReadonlyArray<Loose>): Loose =>
  find(
    log,
    "received",
    (e) =>
      e.position > middle(log) &&
      e.queueLength === 2 &&
      next(log, e)?.kind === "received" &&
      before(log, e)?.kind === "received",
  )

const pairOfLink = (log: ReadonlyArray<Loose>): readonly [Loose, Loose] => receiptsOfOneLink(log, middle(log))
const carriedBy = ({ payload }: Loose): string =>
  `send_version = ${payload.sendVersion}, sender_lamport = ${payload.senderLamport}, sent_at = ${payload.sentAtUs}`

const messageOf = (event: Loose): string => `sender = ${event.payload.sender}, ${carriedBy(event)}`

/** Two receipts of one machine, the messages of which change places. */
const exchanged =
  (isMeant: Pair): Corrupt =>
  (log, run) => {
    const [first, second] = successive(log, isMeant)
    return {
      statements: [update(run, first, messageOf(second)), update(run, second, messageOf(first))],
      corrupted: [first, second],
    }
  }

const payload = (path: string, value: unknown): string =>
  `payload = jsonb_set(payload, '${path}', '${JSON.stringify(value)}')`

type Case = readonly [rule: string, name: string, run: Run, corrupt: Corrupt]
const [calm, newest, oldest]: ReadonlyArray<Run> = Object.keys(runs) as Array<Run>

/** By clause. */
const cases: ReadonlyArray<Case> = [
  ["log/shape", "a kind that there is none of", calm!, changed(quietInternal, "kind = 99")],
  ["log/shape", "an internal event made a receipt", calm!, changed(quietInternal, "kind = 3")],
  ["log/shape", "a receipt made an internal event", calm!, changed(waiting, "kind = 1")],
  ["log/shape", "a send made an internal event", calm!, changed((log) => find(log, "sent"), "kind = 1")],
  ["log/shape", "a send to nobody", calm!, changed((log) => find(log, "sent"), "recipients = null")],
  [
    "log/shape",
    "recipients that are no machines",
    calm!,
    changed((log) => find(log, "sent"), "recipients = 'x'"),
  ],
  ["log/shape", "an event without a clock", calm!, changed(quietInternal, "lamport = null")],
  [
    "log/shape",
    "a stopped whose inbox is no list",
    calm!,
    changed((log) => find(log, "stopped"), payload("{inbox}", 1)),
  ],
  [
    "log/resumed",
    "an end made a resuming after a time that never was",
    calm!,
    changed((log) => log.at(-1), `kind = 10, payload = '{"downUs": 999999999}'`),
  ],
  ["log/positions", "an event deleted", calm!, deleted(quietInternal)],
  [
    "log/positions",
    "a send deleted",
    calm!,
    deleted((log) => find(log, "sent", (e) => e.position > middle(log))),
  ],
  ["log/positions", "a receipt deleted", calm!, deleted(waiting)],
  [
    "log/positions",
    "a drop deleted",
    newest!,
    deleted((log) => find(log, "dropped", (e) => e.position > middle(log))),
  ],
  [
    "log/positions",
    "an event moved beyond the head",
    calm!,
    changed(quietInternal, "position = position + 100000"),
  ],
  ["log/positions", "an event moved before the beginning", calm!, changed(quietInternal, "position = -5")],
  [
    "log/positions",
    "an event moved to another's place",
    calm!,
    changed(quietInternal, "position = position - 40"),
  ],
  [
    "log/versions",
    "two positions swapped",
    calm!,
    (log, run) => {
      const first = quietInternal(log)
      const second = neighbour(log, first, 3)
      return {
        statements: [
          update(run, first, `position = ${second.position}`),
          update(run, second, `position = ${first.position}`),
        ],
        corrupted: [first, second],
      }
    },
  ],
  ["log/head", "the last event deleted", calm!, deleted((log) => log.at(-1))],
  [
    "log/head",
    "the last two events deleted",
    calm!,
    (log, run) => {
      const [stopped, finished] = log.slice(-2)
      return {
        statements: [stopped, finished].map((event) => `delete from lightcone.log where ${at(run, event)}`),
        corrupted: [stopped, finished],
      }
    },
  ],
  [
    "log/run-started",
    "a configuration that cannot be run",
    calm!,
    changed((log) => log[0], payload("{sides}", 2)),
  ],
  ["log/rolls", "another number of sides", calm!, changed((log) => log[0], payload("{sides}", 10))],
  ["log/configuration", "another seed", calm!, changed((log) => log[0], payload("{seed}", 10))],
  ["log/configuration", "another rate", calm!, changed((log) => log[0], payload("{rates,1}", 5))],
  ["log/run-started", "more machines than rates", calm!, changed((log) => log[0], payload("{machines}", 5))],
  [
    "log/machines",
    "an event of a machine that the run does not have",
    calm!,
    changed(quietInternal, "machine = 7"),
  ],
  ["log/versions", "a version left out", calm!, changed(quietInternal, "version = version + 1000")],
  [
    "log/stamps",
    "a time before the event before it",
    calm!,
    changed(quietInternal, (e, log) => `occurred_at = ${before(log, e).occurredAtUs - 1}`),
  ],
  [
    "log/stamps",
    "a time after the event after it",
    calm!,
    changed(quietInternal, (e, log) => `occurred_at = ${next(log, e).occurredAtUs + 1}`),
  ],
  [
    "log/stamps",
    "an arrival after its taking",
    calm!,
    changed(waiting, (e) => `arrived_at = ${e.occurredAtUs + 1}`),
  ],
  [
    "log/stamps",
    "a start after the machines'",
    calm!,
    changed((log) => log[0], "occurred_at = occurred_at + 1000000"),
  ],
  [
    "log/life",
    "a resumed made something else",
    calm!,
    changed(
      (log) => find(log, "resumed", (e) => before(log, e).kind === "stopped"),
      `kind = 6, payload_version = 2, payload = '{"first": 1, "count": 1, "reason": "overdue"}'`,
    ),
  ],
  [
    "log/clock",
    "a clock moved by a drop",
    newest!,
    changed((log) => find(log, "dropped"), "lamport = lamport + 1"),
  ],
  [
    "log/clock",
    "a clock moved by a missed tick",
    calm!,
    changed((log) => find(log, "missed"), "lamport = lamport + 1"),
  ],
  [
    "log/clock",
    "a clock moved by a resume",
    calm!,
    changed((log) => find(log, "resumed"), "lamport = lamport - 1"),
  ],
  ["log/clock", "a clock one ahead", calm!, changed(quietInternal, "lamport = lamport + 1")],
  ["log/clock", "a receipt's clock one behind", calm!, changed(waiting, "lamport = lamport - 1")],
  [
    "log/rolls",
    "a wrong recipient",
    calm!,
    changed(
      (log) => find(log, "sent", (e) => e.payload.recipients.length === 1),
      (e) => `recipients = '${e.machine}'`,
    ),
  ],
  [
    "log/rolls",
    "a recipient too many",
    calm!,
    changed(
      (log) => find(log, "sent", (e) => e.payload.recipients.length === 1),
      (e, log) =>
        `recipients = '${log.find((o) => o.kind === "started" && o.machine === e.machine).payload.peers.join(",")}'`,
    ),
  ],
  [
    "log/configuration",
    "another phase",
    calm!,
    changed((log) => find(log, "started"), payload("{phaseUs}", 1)),
  ],
  [
    "log/closed",
    "a last stop for another reason",
    calm!,
    changed(
      (log) => find(log, "stopped", (e) => e.payload.reason === "finished"),
      payload("{reason}", "interrupted"),
    ),
  ],
  [
    "log/run-finished",
    "run-finished before the end",
    calm!,
    (log, run) => {
      const [finished, other] = [log.at(-1), log.at(-4)]
      return {
        statements: [
          update(run, finished, `position = ${other.position}`),
          update(run, other, `position = ${finished.position}`),
        ],
        corrupted: [finished, other],
      }
    },
  ],
  [
    "clock-condition/consecutive",
    "a clock that falls",
    calm!,
    changed(quietInternal, "lamport = lamport - 3"),
  ],
  [
    "clock-condition/carried-clock",
    "a carried clock",
    calm!,
    changed(waiting, "sender_lamport = sender_lamport - 1"),
  ],
  [
    "clock-condition/send-receive",
    "a receipt with its send's clock",
    calm!,
    changed(waiting, "lamport = sender_lamport"),
  ],
  [
    "clock-condition/vector-clocks",
    "a receipt with a clock far behind",
    calm!,
    changed(waiting, "lamport = 1"),
  ],
  [
    "messages/committed-send",
    "a receipt of what was never sent",
    calm!,
    changed(waiting, "send_version = send_version + 1000"),
  ],
  [
    "messages/committed-send",
    "a receipt from the machine itself",
    calm!,
    changed(waiting, "sender = machine"),
  ],
  [
    "messages/account",
    "a receipt of what was never sent",
    calm!,
    changed(waiting, "send_version = send_version + 1000"),
  ],
  [
    "messages/once",
    "a double receive",
    calm!,
    (log, run) => {
      const [first, second] = pairOfLink(log)
      return { statements: [update(run, second, carriedBy(first))], corrupted: [second] }
    },
  ],
  [
    "messages/fifo",
    "order on a link",
    calm!,
    (log, run) => {
      const [first, second] = pairOfLink(log)
      return {
        statements: [update(run, first, carriedBy(second)), update(run, second, carriedBy(first))],
        corrupted: [first, second],
      }
    },
  ],
  ["messages/sent-at", "a sentAt", calm!, changed(waiting, "sent_at = sent_at + 1")],
  [
    "messages/arrived-at",
    "an arrival before its send",
    calm!,
    changed(
      (log) => find(log, "received", (e) => e.queueLength === 0 && e.position > middle(log)),
      (e) => `arrived_at = ${e.payload.sentAtUs - 1}`,
    ),
  ],
  ["queues/length", "a queue length one up", calm!, changed(waiting, "queue_length = queue_length + 1")],
  ["queues/length", "a queue length one down", calm!, changed(waiting, "queue_length = queue_length - 1")],
  [
    "queues/length",
    "a queue length one up beside drops",
    oldest!,
    changed(
      (log) => find(log, "received", (e) => e.position > middle(log) && e.queueLength === 3),
      "queue_length = queue_length + 1",
    ),
  ],
  [
    "queues/length",
    "a queue length one down beside drops",
    newest!,
    changed(
      (log) => find(log, "received", (e) => e.position > middle(log) && e.queueLength === 3),
      "queue_length = queue_length - 1",
    ),
  ],
  [
    "log/faults",
    "a fault at another time",
    modelled,
    changed(
      (log) => find(log, "fault-injected"),
      (e) => payload("{atUs}", e.payload.atUs + 1),
    ),
  ],
  [
    "log/changes",
    "a change of nothing, at another time than that of its place",
    modelled,
    changed(
      (log) => find(log, "run-started"),
      `payload = payload || '{"changes": [{"after": 20, "atUs": 1}]}'`,
    ),
  ],
  [
    "log/still",
    "a pause of another machine",
    modelled,
    changed((log) => find(log, "fault-injected"), payload("{machine}", 4)),
  ],
  [
    "messages/lost",
    "a lost message that was refused",
    modelled,
    changed(
      (log) => find(log, "dropped", (e) => e.payload.reason === "loss"),
      payload("{reason}", "drop-newest"),
    ),
  ],
  [
    "messages/second-copy",
    "a second copy of another message",
    modelled,
    changed((log) => find(log, "dropped", (e) => e.payload.reason === "duplicate"), "send_version = 1"),
  ],
  [
    "messages/arrives",
    "the last lost message, never dropped",
    modelled,
    deleted((log) => log.findLast((e) => e.kind === "dropped" && e.payload.reason === "loss")),
  ],
  [
    "queues/empty-at-start",
    "a life that begins with a message",
    calm!,
    changed((log) => find(log, "resumed"), "queue_length = 1"),
  ],
  ["queues/takes", "a tick that leaves a message", calm!, changed(quietInternal, "queue_length = 1")],
  ["queues/capacity", "more than the inbox holds", calm!, changed(waiting, "queue_length = 6")],
  [
    "queues/overflow",
    "a drop by another policy",
    newest!,
    changed((log) => find(log, "dropped"), payload("{reason}", "drop-oldest")),
  ],
  [
    "queues/overflow",
    "a drop with room left",
    newest!,
    changed((log) => find(log, "dropped"), "queue_length = queue_length - 1"),
  ],
  [
    "queues/overflow",
    "another policy of the run",
    newest!,
    changed((log) => log[0], payload("{overflow}", "drop-oldest")),
  ],
  [
    "queues/listed",
    "a message struck from what is left",
    calm!,
    changed(
      (log) => find(log, "stopped", (e) => e.payload.inbox.length > 0),
      "payload = payload #- '{inbox,0}'",
    ),
  ],
  [
    "messages/committed-send",
    "a message made up in what is left",
    calm!,
    changed(
      (log) => find(log, "stopped", (e) => e.payload.inbox.length > 0),
      payload("{inbox,0,sendVersion}", 9999),
    ),
  ],
  ["schedule/early", "a tick too early", calm!, changed(quietInternal, "occurred_at = occurred_at - 2")],
  [
    "schedule/order",
    "a missed tick left out",
    calm!,
    changed(
      (log) => find(log, "missed", (e) => e.payload.count > 1),
      (e) => payload("{first}", e.payload.first + 1),
    ),
  ],
  [
    "schedule/overdue",
    "a tick missed too many",
    calm!,
    changed(
      (log) => find(log, "missed"),
      (e) => payload("{count}", e.payload.count + 1),
    ),
  ],
  [
    "schedule/all-due",
    "a tick missed too few",
    calm!,
    changed(
      (log) => find(log, "missed", (e) => e.payload.count > 1),
      (e) => payload("{count}", e.payload.count - 1),
    ),
  ],
  [
    "schedule/end",
    "a shorter schedule",
    calm!,
    changed((log) => log[0], payload("{durationUs}", 19_000_000)),
  ],
  [
    "schedule/all-due",
    "a longer schedule",
    calm!,
    changed((log) => log[0], payload("{durationUs}", 21_000_000)),
  ],
  ["delivery/fifo", "two messages of one sender", ordered, exchanged(isOfOneSender)],
  ["delivery/causal", "a message and one that its receipt led to", ordered, exchanged(isThroughAnother)],
  ["delivery/total", "two messages of which neither led to the other", ordered, exchanged(isConcurrent)],
  [
    "delivery/held",
    "how long a message was held back",
    ordered,
    changed(
      (log) => find(log, "received", (e) => e.payload.heldFor !== undefined && e.position > middle(log)),
      (e) => payload("{heldUs}", e.payload.arrivedAtUs - e.payload.sentAtUs),
    ),
  ],
]

const failuresOf = (verdict: Awaited<ReturnType<CorruptibleRuns["verdictAfter"]>>) =>
  verdict.checks.flatMap(({ invariant, failures }) =>
    failures.map((failure) => ({ ...failure, clause: `${invariant}/${failure.rule}` })),
  )

it.each([...Object.keys(runs), modelled, ordered] as Array<Run>)(
  "run %s as it was written gives nothing",
  async (run) => {
    const statement = `update lightcone.run_heads set owner = null where run_id = '${run}'`
    const verdict = await corruptible.verdictAfter(run, [statement])
    expect(failuresOf(verdict)).toEqual([])
    expect(verdict).toMatchObject({ verified: true, upTo: corruptible.logOf(run).length, finished: true })
  },
)

describe("a log corrupted by SQL fails, and the event named is the corrupted one", () => {
  it.each(cases)("%s: %s", async (rule, _, run, corrupt) => {
    const { statements, corrupted } = corrupt(corruptible.logOf(run) as ReadonlyArray<Logged>, run)
    const verdict = await corruptible.verdictAfter(run, statements)
    const failures = failuresOf(verdict)
    expect(verdict.verified).toBe(false)
    expect(failures.map(({ clause }) => clause)).toContain(rule)
    const names = [...corrupted.map(address), ...movedTo(statements, corrupted)]
    const { events, message } = failures[0]!
    expect(
      names,
      `${message}, ${failures
        .map((f) => `${f.clause} ${f.events}`)
        .slice(0, 5)
        .join(" | ")}`,
    ).toContain(events[0])
  })

  it("of every clause that there is", () => {
    const clauses = Object.entries(rules).flatMap(([invariant, says]) =>
      Object.keys(says).map((rule) => `${invariant}/${rule}`),
    )
    expect([...new Set(cases.map(([rule]) => rule))].sort()).toEqual(clauses.sort())
  })
})

/** Where an event's own address was changed, it is known by the new one. */
const movedTo = (statements: ReadonlyArray<string>, [event]: ReadonlyArray<Place>): ReadonlyArray<string> => {
  if (event === undefined) return []
  if (statements.some((text) => text.includes("set machine = 7"))) return [`7/${event.version}`]
  if (statements.some((text) => text.includes("set version = version + 1000")))
    return [`${event.machine}/${event.version + 1000}`]
  return []
}
