import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Message } from "../../../src/domain/Message.ts"
import { Outbox } from "../../../src/runtime/real/Outbox.ts"

const messageOf = (sendVersion: number): Message => ({
  sender: 1,
  sendVersion,
  senderLamport: sendVersion,
  sentAtUs: sendVersion,
})

/** Drives an outbox against a log and a recipient, as a link does. */
const makeWorld = () => {
  const log: Array<number> = []
  const outbox = new Outbox()
  const delivered: Array<number> = []
  let committedUnseen = 0
  let mark = 0
  const deliver = (version: number) => {
    if (version <= mark) return
    delivered.push(version)
    mark = version
  }
  return {
    delivered,
    log,
    commit: (gap: number) => {
      log.push((log[log.length - 1] ?? 0) + gap)
      committedUnseen++
    },
    offer: () => {
      for (; committedUnseen > 0; committedUnseen--)
        outbox.offer(messageOf(log[log.length - committedUnseen]!))
    },
    write: (most: number, page: number) => {
      for (let i = 0; i < most; i++) {
        const next = outbox.next()
        if (next.next === "idle") return
        if (next.next === "message") {
          outbox.wrote(next.message)
          deliver(next.message.sendVersion)
        } else
          outbox.load(
            log
              .filter((version) => version > next.afterVersion)
              .slice(0, page)
              .map(messageOf),
          )
      }
    },
    acknowledge: () => outbox.acknowledge(mark),
    /** The connection broke: the recipient may have lost what was only in its inbox. */
    reconnect: (back: number) => {
      const kept = Math.max(0, delivered.length - back)
      delivered.length = kept
      mark = delivered[kept - 1] ?? 0
      outbox.rewind(mark)
    },
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant("commit" as const), n: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant("burst" as const), n: fc.integer({ min: 100, max: 400 }) }),
  fc.record({ do: fc.constant("offer" as const), n: fc.constant(0) }),
  fc.record({ do: fc.constant("write" as const), n: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ do: fc.constant("acknowledge" as const), n: fc.constant(0) }),
  fc.record({ do: fc.constant("reconnect" as const), n: fc.integer({ min: 0, max: 300 }) }),
)

describe("an outbox", () => {
  it("delivers every committed message once and in order, over any reconnecting and reading back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 256 }), (steps, page) => {
        const world = makeWorld()
        for (const { do: what, n } of steps) {
          if (what === "commit") world.commit(n)
          else if (what === "burst") for (let i = 0; i < n; i++) world.commit(1)
          else if (what === "offer") world.offer()
          else if (what === "write") world.write(n, page)
          else if (what === "acknowledge") world.acknowledge()
          else world.reconnect(n)
        }
        world.offer()
        world.write(Number.POSITIVE_INFINITY, page)
        expect(world.delivered).toEqual(world.log)
      }),
    )
  })

  it("holds a bounded number of messages however many are committed", () => {
    const outbox = new Outbox()
    for (let version = 1; version <= 10_000; version++) outbox.offer(messageOf(version))
    expect((outbox as unknown as { held: Array<Message> }).held.length).toBe(256)
  })
})
