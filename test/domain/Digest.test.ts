import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { LabEvent, MachineEvent } from "../../src/domain/ClockEvent.ts"
import * as Digest from "../../src/domain/Digest.ts"
import { simulate, startUs } from "./Simulator.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const stamp = { machine: 2, version: 3, occurredAtUs: startUs + 258, lamport: 5, queueLength: 1 }
const stampHex = (code: string) => `0200000003000000${code}0100000002010000000000000500000000000000`
const zeros = (bytes: number) => "00".repeat(bytes)
const message = {
  sender: 1,
  sendVersion: 7,
  senderLamport: 4,
  sentAtUs: startUs - 1,
  arrivedAtUs: startUs + 16,
}
const messageHex = "01000000070000000400000000000000ffffffffffffffff1000000000000000"

const digest = (events: Iterable<LabEvent>, page = Number.POSITIVE_INFINITY): string => {
  const encoder = Digest.encoder(startUs)
  const hash = createHash("sha256")
  let written = 0
  for (const event of events) {
    encoder.write(event)
    if (++written % page === 0) hash.update(encoder.take())
  }
  return hash.update(encoder.take()).digest("hex")
}

describe("the digest's encoding", () => {
  it.each<readonly [string, Pick<MachineEvent, "kind" | "payload">, string]>([
    ["internal", { kind: "internal", payload: {} }, stampHex("01000000") + zeros(32)],
    [
      "a label",
      { kind: "internal", payload: { label: "né" } },
      `${stampHex("01000100")}${zeros(32)}030000006ec3a9${zeros(57)}`,
    ],
    [
      "sent",
      { kind: "sent", payload: { recipients: [1, 3] } },
      `${stampHex("02000000")}020000000100000003000000${zeros(20)}`,
    ],
    [
      "sent to more than a block holds",
      { kind: "sent", payload: { recipients: [1, 3, 4, 5, 6, 7, 8, 9] } },
      `${stampHex("02000000")}0800000001000000030000000400000005000000060000000700000008000000${"09000000"}${zeros(60)}`,
    ],
    ["received", { kind: "received", payload: message }, stampHex("03000000") + messageHex],
    [
      "received after it was held back",
      { kind: "received", payload: { ...message, heldUs: 2 ** 32 + 3, heldFor: "2/258" } },
      `${stampHex("03000100")}${messageHex}03000000010000000200000002010000${zeros(48)}`,
    ],
    [
      "received after it waited for its place",
      { kind: "received", payload: { ...message, heldUs: 3 } },
      `${stampHex("03000100")}${messageHex}0300000000000000${zeros(56)}`,
    ],
    [
      "started",
      { kind: "started", payload: { rate: 6, phaseUs: 255, peers: [1, 3] } },
      `${stampHex("04000000")}06000000ff000000020000000100000003000000${zeros(12)}`,
    ],
    [
      "dropped",
      { kind: "dropped", payload: { ...message, reason: "drop-oldest" } },
      stampHex("05000200") + messageHex,
    ],
    [
      "missed",
      { kind: "missed", payload: { first: 9, count: 2, reason: "store-outage" } },
      `${stampHex("06000200")}09000000000000000200000000000000${zeros(16)}`,
    ],
    [
      "stopped",
      { kind: "stopped", payload: { reason: "interrupted", inbox: [message] } },
      `${stampHex("07000200")}01000000${zeros(28)}${messageHex}${zeros(32)}`,
    ],
    [
      "resumed",
      { kind: "resumed", payload: { downUs: 2 ** 32 + 1 } },
      `${stampHex("08000000")}0100000001000000${zeros(24)}`,
    ],
  ])("lays out %s as specified", (_, event, expected) => {
    const encoder = Digest.encoder(startUs)
    expect(hex(encoder.take())).toBe(`01000000${zeros(60)}`)
    // What was in the buffer before must not show through.
    for (let i = 0; i < 4; i++) encoder.write({ ...stamp, kind: "received", payload: message })
    encoder.take()
    encoder.write({ ...stamp, ...event } as MachineEvent)
    expect(hex(encoder.take())).toBe(expected)
  })

  it("leaves out the run's own events, positions and absolute time", () => {
    const log = simulate({ config: { seed: 5, durationUs: 3_000_000 } })
    const later = log.filter((event) => event.machine !== 0).map((event) => ({ ...event, position: 0 }))
    expect(digest(later)).toBe(digest(log))
  })

  it("does not depend on when the bytes are taken", () => {
    const log = simulate({ config: { seed: 5, machines: 9, sides: 3, durationUs: 60_000_000 } })
    expect(log.length).toBeGreaterThan(1_200)
    expect(digest(log, 7)).toBe(digest(log))
  })

  it("gives a fixed execution the digest that it has always had", () => {
    const log = simulate({
      config: {
        seed: 42,
        rates: [1, 3, 6],
        capacity: 2,
        sides: 4,
        overflow: "drop-newest",
        durationUs: 8_000_000,
      },
    })
    expect(digest(log)).toMatchInlineSnapshot(
      `"3f848d4a0edb572d65c7d157f95c670a55c869fa6b2e925706b7074359613619"`,
    )
  })
})
