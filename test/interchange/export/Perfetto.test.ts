import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isClockEvent, isRunEvent } from "../../../src/domain/ClockEvent.ts"
import { format } from "../../../src/interchange/export/Perfetto.ts"
import { asImported, type Chosen, choose, chosen, eventfulLog, sendsOf, written } from "./Logs.ts"

/** An event of the trace event format, as its description has it. */
interface TraceEvent {
  readonly ph: "M" | "X" | "i" | "s" | "f" | "C"
  readonly name: string
  readonly pid: number
  readonly tid?: number
  readonly ts?: number
  readonly dur?: number
  readonly id?: number
  readonly bp?: string
  readonly s?: string
  readonly args?: Readonly<Record<string, unknown>>
}

const trace = (part: Chosen) => {
  const { traceEvents, otherData } = JSON.parse(written(format, part)) as {
    readonly traceEvents: ReadonlyArray<TraceEvent>
    readonly otherData: Readonly<Record<string, string>>
  }
  const of = (ph: TraceEvent["ph"]) => traceEvents.filter((event) => event.ph === ph)
  return { traceEvents, otherData, of }
}

const place = ({ tid, ts }: TraceEvent): string => `${tid} at ${ts}`

describe("an export for Perfetto", () => {
  it("has a slice for every clock event, rising and apart on each thread, and instants for the rest", () =>
    fc.assert(
      fc.property(chosen, (part) => {
        const { of } = trace(part)
        const clock = part.events.filter((event) => isClockEvent(event))
        const slices = of("X")
        expect(slices.map(({ tid, args }) => [tid, args!.event])).toEqual(
          clock.map(({ machine, version }) => [machine, `${machine}/${version}`]),
        )
        const ends = new Map<number, number>()
        for (const { tid, ts, dur } of slices) {
          expect(dur).toBeGreaterThanOrEqual(1)
          expect(ts).toBeGreaterThanOrEqual(ends.get(tid!) ?? Number.NEGATIVE_INFINITY)
          ends.set(tid!, ts! + dur!)
        }
        const others = part.events.filter((event) => !isRunEvent(event) && !isClockEvent(event))
        expect(of("i").map(({ name, tid, s }) => [name, tid, s])).toEqual(
          others.map(({ kind, machine }) => [kind, machine, "t"]),
        )
      }),
      { numRuns: 60 },
    ))

  it("has a flow for every message that was sent and received within it, from slice to slice", () =>
    fc.assert(
      fc.property(chosen, (part) => {
        const { of } = trace(part)
        const sends = sendsOf(part.events)
        const expected = part.events.flatMap((event) =>
          event.kind === "received" && sends.has(`${event.payload.sender}/${event.payload.sendVersion}`)
            ? [`${event.payload.sender}/${event.payload.sendVersion} > ${event.machine}/${event.version}`]
            : [],
        )
        const slices = new Map(of("X").map((slice) => [place(slice), slice.args!.event]))
        const begins = of("s")
        const ends = new Map(of("f").map((end) => [end.id, end]))
        expect(new Set(begins.map(({ id }) => id)).size).toBe(begins.length)
        expect(ends.size).toBe(of("f").length)
        for (const { bp } of ends.values()) expect(bp).toBe("e")
        const found = begins.map((begin) => {
          const end = ends.get(begin.id)!
          return `${slices.get(place(begin))} > ${slices.get(place(end))}`
        })
        expect(found.sort()).toEqual([...expected].sort())
      }),
      { numRuns: 60 },
    ))

  it("counts queues and clocks as the events do, and names process and threads", () => {
    for (const log of [eventfulLog(), asImported(eventfulLog(), [0, 3, 36, 127, 90])]) {
      const part = choose(log)
      const { of, otherData } = trace(part)
      const shown = new Map<string, ReadonlyArray<unknown>>()
      for (const { name, args, ts } of of("C"))
        shown.set(name, [...(shown.get(name) ?? []), [ts, args!.value]])
      for (const machine of part.context.machines.slice(1)) {
        const name = part.context.nameOf(machine)
        const own = part.events.filter((event) => event.machine === machine)
        for (const [what, field] of [
          ["queue", "queueLength"],
          ["clock", "lamport"],
        ] as const) {
          let last: number | null = null
          const steps: Array<unknown> = []
          for (const event of own) {
            if (isRunEvent(event)) continue
            const value = event[field]
            if (value !== null && value !== last)
              steps.push([event.occurredAtUs - part.context.startUs, value])
            last = value
          }
          expect(shown.get(`${what} of ${name}`) ?? []).toEqual(steps)
        }
      }
      const named = of("M").filter(({ name }) => name === "thread_name")
      expect(named.map(({ tid }) => tid)).toEqual(part.context.machines.slice(1))
      expect(of("M")[0]).toMatchObject({ name: "process_name", args: { name: `run ${part.context.run}` } })
      expect(otherData).toEqual({ run: part.context.run, start: expect.stringMatching(/^20.*Z$/) })
    }
  })

  it("keeps events of one moment on one machine apart, and their flows with them", () => {
    const stamp = { occurredAtUs: 1_000, lamport: null, queueLength: null }
    const sentAt = { senderLamport: null, sentAtUs: 1_000, arrivedAtUs: null }
    const [first] = eventfulLog()
    const part = choose([
      { ...first!, occurredAtUs: 0 },
      { ...stamp, position: 2, machine: 1, version: 1, kind: "internal", payload: {} },
      { ...stamp, position: 3, machine: 1, version: 2, kind: "sent", payload: { recipients: [2] } },
      {
        ...stamp,
        position: 4,
        machine: 2,
        version: 1,
        kind: "received",
        payload: { sender: 1, sendVersion: 2, ...sentAt },
      },
    ])
    const { of } = trace(part)
    expect(of("X").map(({ ts }) => ts)).toEqual([1_000, 1_001, 1_000])
    expect(of("s").map(place)).toEqual(["1 at 1001"])
    expect(of("f").map(place)).toEqual(["2 at 1000"])
  })
})
