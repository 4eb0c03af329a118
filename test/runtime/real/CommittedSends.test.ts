import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Logged, Sent } from "../../../src/domain/ClockEvent.ts"
import type { EventLogShape } from "../../../src/domain/EventLog.ts"
import type { Message } from "../../../src/domain/Message.ts"
import { CommittedSends } from "../../../src/runtime/real/CommittedSends.ts"

const link = { run: "abcdefghijkl", sender: 1, recipient: 2 }

const messageOf = (sendVersion: number): Message => ({
  sender: 1,
  sendVersion,
  senderLamport: sendVersion * 3,
  sentAtUs: 1_790_000_000_000_000 + sendVersion,
})

/** A log that holds these sends, and how often it was read. */
const makeLog = () => {
  const versions: Array<number> = []
  let reads = 0
  const readSends: EventLogShape["readSends"] = ({ afterVersion, limit }) =>
    Effect.sync(() => {
      reads++
      return versions
        .filter((version) => version > afterVersion)
        .slice(0, limit)
        .map((version): Logged<Sent> => {
          const { sentAtUs: occurredAtUs, senderLamport: lamport } = messageOf(version)
          const payload = { recipients: [2] }
          return {
            position: version,
            machine: 1,
            version,
            kind: "sent",
            occurredAtUs,
            lamport,
            queueLength: 0,
            payload,
          }
        })
    })
  return { versions, readSends, reads: () => reads }
}

const makeSends = (count: number) => {
  const log = makeLog()
  const sends = new CommittedSends(link, log)
  for (let version = 1; version <= count; version++) {
    log.versions.push(version)
    sends.offer(messageOf(version))
  }
  return {
    log,
    sends,
    isNext: (message: Message, mark: number) => {
      const found = sends.isNext(message, mark)
      return typeof found === "boolean" ? found : Effect.runSync(found)
    },
  }
}

describe("what the record says a machine has sent", () => {
  it("is let in one after the other, however far behind the recipient is, for one page read a page taken", () => {
    const { isNext, log } = makeSends(2_000)
    for (let version = 1; version <= 2_000; version++) {
      expect(isNext(messageOf(version), version - 1)).toBe(true)
      expect(isNext(messageOf(version), version - 1)).toBe(true)
    }
    expect(log.reads()).toBeLessThanOrEqual(8)
  })

  it("is told from whatever differs in version, clock, time or sender, or does not come next", () => {
    const { isNext } = makeSends(20)
    const anything = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.double())
    const lie = fc.record({
      sender: fc.constantFrom(1, 2),
      sendVersion: anything,
      senderLamport: anything,
      sentAtUs: anything,
    })
    const near = fc
      .record({ change: fc.constantFrom("sender", "sendVersion", "senderLamport", "sentAtUs"), to: anything })
      .map(({ change, to }) => ({ ...messageOf(6), [change]: to }))
    fc.assert(
      fc.property(fc.oneof(lie, near), (message) => {
        const next = messageOf(6)
        const same = Object.entries(next).every(
          ([key, value]) => (message as Message)[key as keyof Message] === value,
        )
        expect(isNext(message, 5)).toBe(same)
      }),
    )
    for (const version of [1, 5, 7, 20, 21]) expect(isNext(messageOf(version), 5)).toBe(false)
    expect(isNext(messageOf(6), 5)).toBe(true)
  })

  it("costs no reading of the log, however much is offered that was never sent", () => {
    const { isNext, log } = makeSends(3)
    for (let i = 0; i < 1_000; i++) {
      expect(isNext(messageOf(4_294_967_295), 0)).toBe(false)
      expect(isNext(messageOf(4 + i), 3)).toBe(false)
    }
    expect(log.reads()).toBe(0)
  })

  it("begins where it was told: a log that is ahead of that is not believed before its time", () => {
    const { isNext, log, sends } = makeSends(300)
    log.versions.push(301)
    for (let version = 1; version <= 300; version++)
      expect(isNext(messageOf(version), version - 1)).toBe(true)
    expect(isNext(messageOf(301), 300)).toBe(false)
    sends.offer(messageOf(301))
    expect(isNext(messageOf(301), 300)).toBe(true)
  })
})
