import { describe, expect, it } from "vitest"
import { kindOf } from "../../../src/interchange/import/KindWords.ts"
import { timeOf, timeWithin } from "../../../src/interchange/import/Time.ts"

const at = Date.UTC(2025, 2, 5, 23, 48, 39) * 1_000

describe("times", () => {
  it.each<[unknown, number | null]>([
    ["2025-03-05T23:48:39Z", at],
    ["2025-03-05T23:48:39.783000Z", at + 783_000],
    ["2025-03-05T23:48:39.7837608", at + 783_760],
    ["2025-03-06T01:48:39+02:00", at],
    ["2025-03-05 18:48:39,783 -0500", at + 783_000],
    ["2025-03-05 23:48:39", at],
    ["2025/03/05 23:48:39.5", at + 500_000],
    ["2025-03-05:23:48:39,001", at + 1_000],
    ["Wed Mar  5 23:48:39 2025", at],
    ["1741218519", at],
    ["1741218519.7837608", at + 783_760],
    ["1741218519783", at + 783_000],
    ["1741218519783760", at + 783_760],
    ["1741218519783760999", at + 783_760],
    [1741218519.5, at + 500_000],
    [1741218519783, at + 783_000],
    ["14:38:42.159868", 52_722_159_868],
    ["9.5e-05", 95],
    ["2025-02-30 00:00:00", null],
    ["2025-03-05 24:00:00", null],
    ["1970-01-01T00:00:00+05:00", null],
    ["yesterday", null],
    ["2025-03-05T23:48:39 noon", null],
    [-1, null],
    [true, null],
  ])("%j", (written, us) => {
    expect(timeOf(written)).toBe(us)
  })

  it("of two in a line the one with more digits counts", () => {
    expect(timeWithin("2025-03-05 18:48:39,783 - Global Time: 1741218519.7837608, x")).toBe(at + 783_760)
    expect(timeWithin("2025-03-05 23:48:39.783760 at 1741218519")).toBe(at + 783_760)
    expect(timeWithin("global time: 6, clock 7")).toBeNull()
  })
})

describe("words for kinds", () => {
  it.each([
    ["SEND", "sent"],
    ["Events.SENT_MSG", "sent"],
    ["double send", "sent"],
    ["MESSAGE(S) SENT", "sent"],
    ["recv", "received"],
    ["message_received", "received"],
    ["Internal event", "internal"],
    ["run-started", "none"],
    ["CREATE", "none"],
    ["danced", undefined],
    ["", undefined],
  ])("%j is %s", (word, kind) => {
    expect(kindOf(word)).toBe(kind)
  })
})
