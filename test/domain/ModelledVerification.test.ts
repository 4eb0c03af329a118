/** What a modelled network did is held against what the seed says of it. */
import { describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as Verification from "../../src/domain/Verification.ts"
import { insertAfter, type Loose, type Mutation, remove } from "./BrokenLogs.ts"
import { modelledConfig, modelledLog } from "./ModelledLog.ts"

const honest = modelledLog()

const brokenRules = (mutate: Mutation): ReadonlyArray<string> => {
  const log = structuredClone(honest) as Array<Loose>
  mutate(log)
  const { checks } = Verification.verify(log as ReadonlyArray<Logged>)
  return checks.flatMap(({ invariant, failures }) => failures.map(({ rule }) => `${invariant}/${rule}`))
}

const dropped = (log: Array<Loose>, reason: string, holds: (event: Loose) => boolean = () => true): Loose =>
  log.find((event) => event.kind === "dropped" && event.payload.reason === reason && holds(event))

const isOf =
  ({ machine, payload }: Loose) =>
  (event: Loose): boolean =>
    event.machine === machine &&
    event.payload.sender === payload.sender &&
    event.payload.sendVersion === payload.sendVersion

/** The same drop once more, a little later. */
const again = (event: Loose): Loose => ({
  ...structuredClone(event),
  version: event.version + 1,
  occurredAtUs: event.occurredAtUs + 2,
  payload: { ...event.payload, arrivedAtUs: event.payload.arrivedAtUs + 2 },
})

const mutations: ReadonlyArray<readonly [name: string, rule: string, mutate: Mutation]> = [
  [
    "a lost message that is received",
    "messages/lost",
    (log) => {
      const lost = dropped(log, "loss")
      const { sender, sendVersion, senderLamport, sentAtUs } = lost.payload
      const taken = log.find(
        (event) =>
          event.kind === "received" && event.machine === lost.machine && event.position > lost.position,
      )
      Object.assign(taken.payload, { sender, sendVersion, senderLamport, sentAtUs })
    },
  ],
  [
    "a message that is dropped as lost and was not",
    "messages/lost",
    (log) => {
      dropped(log, "drop-newest").payload.reason = "loss"
    },
  ],
  [
    "a loss that is not recorded",
    "messages/arrives",
    (log) =>
      remove(
        log,
        log.findLast((event) => event.kind === "dropped" && event.payload.reason === "loss"),
      ),
  ],
  [
    "a second copy that is dropped twice",
    "messages/second-copy",
    (log) => {
      const second = dropped(log, "duplicate")
      insertAfter(log, second, again(second))
    },
  ],
  [
    "a second copy of a message that the seed does not double",
    "messages/second-copy",
    (log) => {
      dropped(log, "drop-newest").payload.reason = "duplicate"
    },
  ],
  [
    "a second copy whose first comes later",
    "messages/second-copy",
    (log) => {
      const second = dropped(log, "duplicate", (event) =>
        log.some((one) => one.kind === "received" && isOf(event)(one)),
      )
      log.find((one) => one.kind === "received" && isOf(second)(one)).payload.arrivedAtUs =
        second.payload.arrivedAtUs + 1
    },
  ],
  [
    "a second copy with another clock",
    "clock-condition/carried-clock",
    (log) => {
      dropped(log, "duplicate").payload.senderLamport++
    },
  ],
  [
    "a second copy that was sent at another time",
    "messages/sent-at",
    (log) => {
      dropped(log, "duplicate").payload.sentAtUs--
    },
  ],
  [
    "a second copy that is received",
    "messages/once",
    (log) => {
      const second = dropped(log, "duplicate", (event) =>
        log.some((one) => one.kind === "received" && isOf(event)(one)),
      )
      const { reason: _, ...delivery } = second.payload
      const taken = log.find(
        (event) =>
          event.kind === "received" &&
          event.machine === second.machine &&
          event.position > second.position + 40,
      )
      Object.assign(taken.payload, delivery)
    },
  ],
  [
    "a fault that was not done",
    "log/faults",
    (log) =>
      remove(
        log,
        log.find((event) => event.kind === "fault-injected" && event.payload.fault === "pause"),
      ),
  ],
  [
    "a tick while its machine is paused",
    "log/still",
    (log) => {
      const pause = log.find((event) => event.kind === "fault-injected")
      const before = log.findLast(
        (event) => event.machine === 2 && event.kind !== "dropped" && event.position < pause.position,
      )
      const [from, to] = [log.indexOf(before), log.indexOf(pause)]
      log.splice(from, 1)
      log.splice(to, 0, before)
      log.forEach((event, i) => {
        event.position = i + 1
      })
    },
  ],
  [
    "a machine that says that it was gone for longer",
    "log/resumed",
    (log) => {
      log.find((event) => event.kind === "resumed").payload.downUs++
    },
  ],
]

describe("a run on a modelled network", () => {
  it("verifies, and its account of messages leaves second copies out", () => {
    const { verified, counts } = Verification.verify(honest)
    expect(verified).toBe(true)
    const reasons = honest.flatMap((event) => (event.kind === "dropped" ? [event.payload.reason] : []))
    expect(new Set(reasons)).toEqual(new Set(["loss", "duplicate", "drop-newest"]))
    expect(counts.duplicates).toBe(reasons.filter((reason) => reason === "duplicate").length)
    expect(counts.dropped + counts.duplicates).toBe(reasons.length)
    const { recipients, received, leftInInboxes, inFlight } = counts
    expect(recipients).toBe(received + counts.dropped + leftInInboxes + inFlight)
  })

  it("verifies where messages overtake each other, which would not do on links that are first in, first out", () => {
    const unordered = modelledLog({
      ...modelledConfig,
      links: "unordered",
      latency: { law: "exponential", meanUs: 200_000 },
    })
    expect(Verification.verify(unordered).verified).toBe(true)
    const claimed = structuredClone(unordered) as Array<Loose>
    delete claimed[0].payload.links
    const { checks } = Verification.verify(claimed as ReadonlyArray<Logged>)
    expect(checks.flatMap(({ failures }) => failures.map(({ rule }) => rule))).toContain("fifo")
  })

  it.each(mutations)("is found out: %s (%s)", (_, rule, mutate) => {
    expect(brokenRules(mutate)).toContain(rule)
  })
})
