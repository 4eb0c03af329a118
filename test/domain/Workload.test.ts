import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import type { ClockEvent } from "../../src/domain/ClockEvent.ts"
import * as Digest from "../../src/domain/Digest.ts"
import * as Machine from "../../src/domain/Machine.ts"
import type { Purposed } from "../../src/domain/Purpose.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as RecordDecoder from "../../src/domain/RecordDecoder.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"

const mutex: RunConfig.RunConfig = {
  ...RunConfig.virtualDefaults,
  workload: "mutex",
  topology: "complete",
  machines: 3,
}

/** A machine of a run, given what it takes at each of its ticks; undefined is an empty inbox. */
const given = (config: RunConfig.RunConfig, machine: number) => {
  let state = Machine.inRun(config, Reach.of(config), machine)
  return (taken?: { sender: number; clock: number } & Purposed): ClockEvent => {
    const { sender = 0, clock = 0, ...purpose } = taken ?? {}
    const delivery = { sender, sendVersion: 1, senderLamport: clock, sentAtUs: 1, arrivedAtUs: 2, ...purpose }
    const event = Machine.decide(state, {
      input: "tick",
      atUs: 3,
      queueLength: 0,
      taken: taken === undefined ? undefined : delivery,
    }) as ClockEvent
    state = Machine.evolve(state, event)
    return event
  }
}

const untilPurpose = (tick: () => ClockEvent, purpose: Purposed["purpose"]): ClockEvent => {
  for (let i = 0; i < 1_000; i++) {
    const event = tick()
    if (event.payload.purpose === purpose) return event
  }
  throw new Error(`no ${purpose}`)
}

describe("a machine of mutual exclusion", () => {
  it("acknowledges a request before it takes anything else", () => {
    const tick = given(mutex, 2)
    tick({ sender: 1, clock: 4, purpose: "request" })
    const paid = tick({ sender: 3, clock: 5, purpose: "request" })
    expect(paid).toMatchObject({ kind: "sent", payload: { recipients: [1], purpose: "acknowledge" } })
  })

  it("enters when every other has been heard from since its request, and not before", () => {
    const tick = given(mutex, 2)
    const request = untilPurpose(tick, "request")
    expect(request.payload).toMatchObject({ recipients: [1, 3] })
    const later = request.lamport + 5
    tick({ sender: 1, clock: later, purpose: "acknowledge" })
    expect(tick().payload.purpose).toBeUndefined()
    tick({ sender: 3, clock: later, purpose: "acknowledge" })
    expect(tick().payload.purpose).toBe("enter")
    expect(untilPurpose(tick, "leave").kind).toBe("internal")
    expect(tick().payload).toEqual({ recipients: [1, 3], purpose: "release" })
  })

  it("lets an earlier request go first", () => {
    const tick = given(mutex, 2)
    const { lamport } = untilPurpose(tick, "request")
    tick({ sender: 1, clock: lamport, purpose: "request" })
    tick()
    tick({ sender: 3, clock: lamport + 9, purpose: "acknowledge" })
    tick({ sender: 1, clock: lamport + 9, purpose: "acknowledge" })
    expect(tick().payload.purpose).toBeUndefined()
    tick({ sender: 1, clock: lamport + 12, purpose: "release" })
    expect(tick().payload.purpose).toBe("enter")
  })
})

describe("a machine of snapshots", () => {
  const config: RunConfig.RunConfig = { ...mutex, workload: "snapshot", sides: 10 }

  it("records at the first marker, sends markers before anything else, and records the other link", () => {
    const tick = given(config, 2)
    tick({ sender: 1, clock: 4, purpose: "marker", snapshot: 1 })
    expect(tick({ sender: 3, clock: 5 }).payload).toEqual({ purpose: "record", snapshot: 1, tokens: 10 })
    expect(tick({ sender: 3, clock: 5 }).payload).toEqual({
      recipients: [1, 3],
      purpose: "marker",
      snapshot: 1,
    })
    tick({ sender: 1, clock: 6 })
    tick({ sender: 3, clock: 7 })
    tick({ sender: 3, clock: 8 })
    expect(tick({ sender: 3, clock: 9, purpose: "marker", snapshot: 1 }).payload).toMatchObject({ tokens: 2 })
  })
})

describe("a purpose", () => {
  it("comes out of records as it went in, beside a label or without one", () => {
    const stamp = { machine: 1, version: 2, occurredAtUs: 5, lamport: 3, queueLength: 0 }
    const delivery = { sender: 2, sendVersion: 1, senderLamport: 1, sentAtUs: 1, arrivedAtUs: 2 }
    const nine = [2, 3, 4, 5, 6, 7, 8, 9, 10]
    const events: ReadonlyArray<ClockEvent> = [
      { ...stamp, kind: "internal", payload: { purpose: "record", snapshot: 3, tokens: 0 } },
      { ...stamp, kind: "sent", payload: { recipients: nine, purpose: "marker", snapshot: 3, label: "x" } },
      { ...stamp, kind: "sent", payload: { recipients: [2], purpose: "release" } },
      { ...stamp, kind: "received", payload: { ...delivery, purpose: "marker", snapshot: 1, tokens: 7 } },
      { ...stamp, kind: "received", payload: delivery },
    ]
    const encoder = Digest.encoder(0)
    encoder.take()
    for (const event of events) encoder.write(event)
    const bytes = encoder.take()
    const decoded: Array<unknown> = []
    RecordDecoder.decode(bytes, 0, (event) => decoded.push(event))
    expect(decoded).toEqual(events)
    expect(RecordDecoder.extentOf(bytes).events).toBe(events.length)
  })
})

describe("a configuration with a workload", () => {
  const problem = (over: object): string => {
    const decoded = RunConfig.decode({ ...mutex, ...over })
    return Either.isLeft(decoded) ? `${decoded.left.field} ${decoded.left.problem}` : "none"
  }

  it("is refused where it does not hold to the protocol's assumptions, in words", () => {
    expect(problem({})).toBe("none")
    expect(problem({ workload: "dice" })).toBe('workload must be "mutex" or "snapshot", found "dice"')
    expect(problem({ topology: "ring" })).toBe(
      "topology must be complete for workload mutex, as a request goes to every machine, found ring",
    )
    expect(problem({ pattern: "broadcast" })).toBe(
      "pattern must be pair for workload mutex, which addresses every machine by itself, found broadcast",
    )
    expect(problem({ machines: 33 })).toBe("machines must be 2 to 32 for workload mutex, found 33")
    expect(problem({ machines: 1 })).toBe("machines must be 2 to 32 for workload mutex, found 1")
    expect(problem({ links: "unordered" })).toBe(
      "links must be fifo, or put in an order of delivery, for workload mutex, which assumes that messages of a link do not overtake, found unordered",
    )
    expect(problem({ lossPpm: 10_000 })).toBe(
      "lossPpm must be 0 for workload mutex, which assumes that no message is lost, found 1%",
    )
    expect(problem({ changes: [{ after: 9, atUs: 5, sides: 3 }] })).toBe("none")
    expect(problem({ changes: [{ after: 9, atUs: 5, lossPpm: 10_000 }] })).toBe(
      "changes must lose nothing in a run with workload mutex, which assumes that no message is lost, found loss=1%",
    )
    expect(problem({ workload: "snapshot", changes: [{ after: 9, atUs: 5, sides: 3 }] })).toBe(
      "changes must have 4 sides or more for workload snapshot, as the highest begins a snapshot, found sides=3",
    )
    expect(problem({ overflow: "drop-newest" })).toBe(
      "overflow must be backpressure for workload mutex, which assumes that no message is lost, found drop-newest",
    )
    expect(problem({ faults: [{ fault: "crash", machine: 1, atUs: 5 }] })).toBe("none")
    expect(problem({ workload: "snapshot", sides: 3 })).toBe(
      "sides must be 4 or more for workload snapshot, as the highest side begins a snapshot, found 3",
    )
  })
})
