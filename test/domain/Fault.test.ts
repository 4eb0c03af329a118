import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Fault from "../../src/domain/Fault.ts"

const parsed = (text: string) => Either.getOrThrow(Fault.parse(text))

describe("a fault", () => {
  it("is one thing at one time, or with an end of its own two", () => {
    expect(parsed("pause 1 at 2s")).toEqual([{ fault: "pause", machine: 1, atUs: 2_000_000 }])
    expect(parsed("crash 2 at 10s for 500ms")).toEqual([
      { fault: "crash", machine: 2, atUs: 10_000_000 },
      { fault: "restart", machine: 2, atUs: 10_500_000 },
    ])
    expect(parsed("delay 1->2 by 200ms at 1s for 1s")).toEqual([
      { fault: "delay", from: 1, to: 2, delayUs: 200_000, atUs: 1_000_000 },
      { fault: "heal", from: 1, to: 2, atUs: 2_000_000 },
    ])
  })

  it("of a link is of one way or of both", () => {
    expect(parsed("cut 1->3 at 4s").length).toBe(1)
    expect(parsed("cut 1-3 at 4s").map((fault) => "from" in fault && [fault.from, fault.to])).toEqual([
      [1, 3],
      [3, 1],
    ])
  })

  it("is refused with what it must be", () => {
    for (const text of [
      "",
      "explode 2 at 1s",
      "cut 2 at 1s",
      "crash 1-2 at 1s",
      "delay 1-2 at 1s",
      "pause 1 at 2",
      "heal 1-2 at 1s for 1s",
    ])
      expect(Either.isLeft(Fault.parse(text)), text).toBe(true)
  })

  it("reads again as it was written", () => {
    const time = fc.integer({ min: 0, max: 10_000_000 })
    const machine = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.record({ fault: fc.constantFrom("pause", "resume", "crash", "restart"), machine, atUs: time }),
          fc.record({ fault: fc.constantFrom("cut", "heal"), from: machine, to: machine, atUs: time }),
          fc.record({ fault: fc.constant("delay"), from: machine, to: machine, delayUs: time, atUs: time }),
        ),
        (fault) => {
          expect(parsed(Fault.write(fault as Fault.Fault))).toEqual([fault])
        },
      ),
    )
  })

  it("that nothing ends, ends with the schedule", () => {
    expect(Fault.ended(parsed("crash 1 at 1s"), 3_000_000).at(-1)).toEqual({
      fault: "restart",
      machine: 1,
      atUs: 3_000_000,
    })
    expect(Fault.ended(parsed("pause 1 at 1s for 9s"), 3_000_000).at(-1)).toMatchObject({ atUs: 3_000_000 })
  })
})

describe("faults that meet", () => {
  const parsed = (text: string, isLink?: (from: number, to: number) => boolean) => {
    const found = Fault.parse(text, isLink)
    if (found._tag === "Left") throw new Error(found.left)
    return found.right
  }

  it("end as the machine needs it: a crash that a pause follows in vain, in whatever order they were given", () => {
    const faults = [...parsed("pause 1 at 5s for 1s"), ...parsed("crash 1 at 4s"), ...parsed("pause 2 at 3s")]
    expect(Fault.planned(faults, 10_000_000).map(Fault.write)).toEqual([
      "pause 2 at 3s",
      "crash 1 at 4s",
      "pause 1 at 5s",
      "resume 1 at 6s",
      "resume 2 at 10s",
      "restart 1 at 10s",
    ])
  })

  it("of a partition are cuts of the links that there are between its groups", () => {
    const isLink = (from: number, to: number) => from < to
    expect(parsed("partition 1,2|3 at 4s for 3s", isLink).map(Fault.write)).toEqual([
      "cut 1->3 at 4s",
      "heal 1->3 at 7s",
      "cut 2->3 at 4s",
      "heal 2->3 at 7s",
    ])
    for (const text of [
      "partition 1 at 4s",
      "partition 1|1 at 4s",
      "partition 1|x at 4s",
      "partition 3|2 at soon",
    ])
      expect(Fault.parse(text)._tag).toBe("Left")
  })
})
