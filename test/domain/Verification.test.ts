import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Verification from "../../src/domain/Verification.ts"
import { LinkQueue } from "../../src/domain/verification/LinkQueue.ts"
import { brokenLog, crowded, find, type Loose, mutations, withPolicy } from "./BrokenLogs.ts"
import { requested } from "./RequestedLog.ts"
import { simulate, startUs } from "./Simulator.ts"
import { complaints } from "./VerifierSuite.ts"

describe("a correct execution", () => {
  it("verifies, whatever the machines, policies, crashes and stops", () => {
    const interruption = fc.record({
      machine: fc.integer({ min: 1, max: 2 }),
      atUs: fc.integer({ min: 1, max: 8_000_000 }),
      downUs: fc.integer({ min: 1, max: 3_000_000 }),
      crash: fc.boolean(),
    })
    const options = fc.record({
      config: fc.record({
        seed: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
        machines: fc.integer({ min: 2, max: 9 }),
        sides: fc.integer({ min: 3, max: 12 }),
        capacity: fc.integer({ min: 1, max: 6 }),
        durationUs: fc.integer({ min: 100_000, max: 12_000_000 }),
        overflow: fc.constantFrom("backpressure" as const, "drop-newest" as const, "drop-oldest" as const),
      }),
      maxDelayUs: fc.constantFrom(1, 1_000, 400_000, 2_000_000),
      interruptions: fc
        .array(interruption, { maxLength: 3 })
        .map((all) => all.filter((one, i) => all.findIndex((other) => other.machine === one.machine) === i)),
    })
    fc.assert(
      fc.property(
        options,
        fc.option(fc.integer({ min: 1, max: 12_000_000 }), { nil: undefined }),
        (given, cut) => {
          const log = simulate(cut === undefined ? given : { ...given, cutAtUs: cut })
          const verdict = Verification.verify(log)
          expect(verdict.checks.flatMap(({ failures }) => failures)).toEqual([])
          expect(verdict.verified).toBe(true)
          const { recipients, received, dropped, leftInInboxes, inFlight, ticks, missed, due } =
            verdict.counts
          expect(recipients).toBe(received + dropped + leftInInboxes + inFlight)
          expect(inFlight).toBeGreaterThanOrEqual(0)
          if (verdict.finished) expect(ticks + missed).toBe(due)
        },
      ),
      { numRuns: 150 },
    )
  })

  it("is told how much of each invariant was checked", () => {
    const log = simulate(withPolicy("drop-newest"))
    const { checks, counts, upTo } = Verification.verify(log)
    const checked = Object.fromEntries(checks.map((check) => [check.invariant, check.checked]))
    expect(upTo).toBe(log.length)
    expect(checked).toMatchObject({ log: log.length, schedule: counts.due })
    expect(checked.messages).toBeGreaterThan(counts.received + counts.dropped)
    expect(counts.dropped).toBeGreaterThan(50)
    expect(counts.lives).toBe(6)
  })

  it("has nothing checked while its log is empty", () => {
    const verdict = Verification.verify([])
    expect(verdict.verified).toBeNull()
    expect(verdict.checks.map(({ checked }) => checked)).toEqual([0, 0, 0, 0, 0])
  })

  it("has nothing checked while it was only requested, unless the request itself is false", () => {
    const log = requested(simulate(withPolicy("drop-newest")), 1_000_000)
    const judged = (head: number, events: ReadonlyArray<Logged>) => {
      const verification = Verification.make({ head })
      for (const event of events) verification.step(event)
      return verification.finish()
    }
    expect(judged(1, log.slice(0, 1))).toMatchObject({ verified: null, upTo: 1, finished: false })
    expect(judged(2, log.slice(0, 1)).verified).toBe(false)
    expect(judged(1, [{ ...log[0]!, version: 2 }]).verified).toBe(false)
    expect(judged(2, log.slice(0, 2)).verified).toBe(true)
    expect(judged(log.length, log)).toMatchObject({ verified: true, finished: true })
  })
})

describe("a broken execution: the verifier finds", () => {
  for (const [name, rules, mutate, options = crowded] of mutations)
    it(`${name} (${rules[0]})`, () => {
      const { verified, checks } = Verification.verify(brokenLog(options, mutate))
      expect(verified).toBe(false)
      const broken = checks.flatMap(({ invariant, failures }) =>
        failures.map(({ rule }) => `${invariant}/${rule}`),
      )
      expect([...new Set(broken)].sort()).toEqual([...rules].sort())
    })

  it("in every case of the suite by which checks are themselves checked", () => {
    expect(complaints(Verification)).toEqual([])
  })

  it("with the addresses of the events at fault", () => {
    const log = structuredClone(simulate(crowded)) as Array<Loose>
    const event = find(log, "received")
    event.payload.sentAtUs--
    const [failure] = Verification.verify(log).checks.flatMap(({ failures }) => failures)
    expect(failure!.events).toEqual([
      `${event.machine}/${event.version}`,
      `${event.payload.sender}/${event.payload.sendVersion}`,
    ])
    expect(failure!.message).toContain(`(position ${event.position})`)
    expect(failure!.message).toContain(String(event.payload.sentAtUs))
  })

  it("and lists only so many failures, counting the rest", () => {
    const log = (structuredClone(simulate(crowded)) as Array<Loose>).map((e) => ({ ...e, lamport: 7 }))
    const [check] = Verification.verify(log as unknown as Array<Logged>).checks
    expect(check!.failures).toHaveLength(Limits.maxListedFailures)
    expect(check!.moreFailures).toBeGreaterThan(100)
  })
})

describe("garbage", () => {
  it("is a failure and never an exception", () => {
    const log = simulate(crowded).slice(0, 40)
    const event = fc.oneof(
      fc.anything(),
      fc.record({
        position: fc.nat(50),
        machine: fc.integer({ min: -1, max: 6 }),
        version: fc.integer({ min: -1, max: 20 }),
        kind: fc.constantFrom(
          "internal",
          "sent",
          "received",
          "dropped",
          "missed",
          "stopped",
          "resumed",
          "started",
          "run-started",
          "run-finished",
          "toString",
        ),
        occurredAtUs: fc.oneof(fc.nat(), fc.constant(startUs), fc.anything()),
        lamport: fc.nat(20),
        queueLength: fc.nat(9),
        payload: fc.oneof(
          fc.anything(),
          fc.record({ recipients: fc.array(fc.nat(2 ** 31 - 1)) }),
          fc.record({ reason: fc.string(), inbox: fc.array(fc.anything()) }),
          fc.record({ first: fc.nat(), count: fc.nat(), reason: fc.constant("overdue") }),
          fc.record({
            sender: fc.nat(9),
            sendVersion: fc.nat(9),
            senderLamport: fc.nat(9),
            sentAtUs: fc.nat(),
            arrivedAtUs: fc.nat(),
            reason: fc.constant("drop-newest"),
          }),
        ),
      }),
    )
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), fc.boolean(), (garbage, afterStart) => {
        const all = [...(afterStart ? log : []), ...garbage] as Array<Logged>
        expect(Verification.verify(all).verified).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

describe("the messages in flight on a link", () => {
  it("are found, disposed of and counted like those of a plain list", () => {
    const action = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ disposeAt: fc.nat(30) }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const queue = new LinkQueue()
        const model: Array<number> = []
        let newest = 0
        for (const one of actions)
          if ("push" in one) {
            newest += one.push
            queue.push(newest, newest * 2, newest * 3)
            model.push(newest)
          } else if (model.length > 0) {
            const [version] = model.splice(one.disposeAt % model.length, 1)
            queue.dispose(queue.find(version!))
            expect(queue.find(version!)).toBe(-1)
          }
        expect(queue.size).toBe(model.length)
        let index = queue.next(0)
        for (const version of model) {
          expect(queue.version(index)).toBe(version)
          expect(queue.find(version)).toBe(index)
          expect([queue.lamport(index), queue.sentAtUs(index)]).toEqual([version * 2, version * 3])
          index = queue.next(index + 1)
        }
      }),
    )
  })
})

describe("how the events of a failure stand", () => {
  it("is told after a second reading: before, concurrent, outside, missing or unreadable", () => {
    const log = simulate(crowded)
    const clocks = log.filter(({ kind }) => kind === "internal" || kind === "sent" || kind === "received")
    const first = clocks.find(({ machine }) => machine === 2)!
    const second = clocks.find(({ machine, version }) => machine === 2 && version > first.version)!
    const alone = clocks.find(({ machine }) => machine === 4)!
    const receipt = log.find((event) => event.kind === "received")! as Logged & { kind: "received" }
    const send = `${receipt.payload.sender}/${receipt.payload.sendVersion}`
    const name = ({ machine, version }: Logged) => `${machine}/${version}`
    const pairs: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [[name(second), name(first)], `${name(first)} happened before ${name(second)}`],
      [[name(receipt), send], `${send} happened before ${name(receipt)}`],
      [[name(first), name(alone)], `${name(first)} and ${name(alone)} are concurrent`],
      [[name(first), "2/1"], "2/1 is no clock event, and stands outside happened-before"],
      [[name(first), "2/999"], "2/999 is not in the log"],
      [[name(first), "3/999"], "3/999 cannot be read"],
    ]
    const failures = pairs.map(([events]) => ({ rule: "r", events, message: "" }))
    const check = { invariant: "log" as const, checked: 1, failures, rules: [] }
    const relations = Verification.Relations.make([check], 4)
    for (const event of log) relations.step(event)
    relations.step({ position: log.length + 1, machine: 3, version: 999, unreadable: "no kind" })
    expect(relations.finish()[0]!.failures.map(({ relation }) => relation)).toEqual(
      pairs.map(([, told]) => told),
    )
  })
})

describe("the clauses", () => {
  it("are counted one by one, and the vector clocks say over which machines", () => {
    const log = simulate(withPolicy("drop-oldest"))
    const { checks, counts } = verifyWithHead(log)
    const counted = Object.fromEntries(
      checks.flatMap(({ invariant, rules }) =>
        rules.map(({ rule, checked }) => [`${invariant}/${rule}`, checked]),
      ),
    )
    const { clockEvents, received, dropped, internal, sent } = counts
    const left = log.reduce(
      (sum, event) => sum + (event.kind === "stopped" ? event.payload.inbox.length : 0),
      0,
    )
    expect(counted).toMatchObject({
      "log/positions": log.length,
      "log/head": 1,
      "log/rolls": internal + sent,
      "log/closed": 4,
      "clock-condition/consecutive": clockEvents - 4,
      "clock-condition/send-receive": received,
      "messages/once": received + dropped + left,
      "queues/overflow": dropped,
    })
    expect(checks[1]!.how).toMatch(/by vector clocks over all of 4 machines: [\d,]+ pairs$/)
    const many = Verification.verify(simulate({ config: { machines: 20, seed: 4, durationUs: 2_000_000 } }))
    expect(many.checks[1]!.how).toMatch(/over a sample of 16 of 20 machines/)
  })
})

const verifyWithHead = (log: ReadonlyArray<Logged>): Verification.Verdict => {
  const verification = Verification.make({ head: log.length })
  for (const event of log) verification.step(event)
  return verification.finish()
}
