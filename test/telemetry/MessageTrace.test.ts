import { describe, expect, it } from "vitest"
import * as MessageTrace from "../../src/telemetry/MessageTrace.ts"

const addresses = Array.from({ length: 20_000 }, (_, i) => ({
  machine: 1 + (i % 1_000),
  version: 1 + Math.floor(i / 1_000),
}))

describe("the trace of a message", () => {
  it("is found by all who know the run and the send, and by nothing else", () => {
    const [sent, at] = [
      { machine: 2, version: 17 },
      { machine: 3, version: 5 },
    ]
    const ours = MessageTrace.make("aaaaaaaaaaaa", 1).stage(sent, "inbox", at)
    expect(MessageTrace.make("aaaaaaaaaaaa", 1).stage(sent, "inbox", at)).toEqual(ours)
    expect(ours.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(ours.spanId).toMatch(/^[0-9a-f]{16}$/)
    const { stage } = MessageTrace.make("aaaaaaaaaaaa", 1)
    expect(stage(sent, "append", at).traceId).toBe(ours.traceId)
    expect(stage(sent, "append", at).spanId).not.toBe(ours.spanId)
    expect(stage(at, "inbox", at).traceId).not.toBe(ours.traceId)
    expect(MessageTrace.make("bbbbbbbbbbbb", 1).stage(sent, "inbox", at).traceId).not.toBe(ours.traceId)
  })

  it.each([0, 0.01, 0.3, 1])("goes out of a share of %s, of the same messages for everybody", (share) => {
    const of = () => addresses.filter(MessageTrace.make("aaaaaaaaaaaa", share).isTraced)
    expect(of()).toEqual(of())
    const deviation = Math.sqrt(addresses.length * share * (1 - share))
    expect(Math.abs(of().length - share * addresses.length)).toBeLessThanOrEqual(5 * deviation)
  })

  it("is another choice in another run", () => {
    const of = (run: string) => addresses.filter(MessageTrace.make(run, 0.01).isTraced)
    expect(of("aaaaaaaaaaaa")).not.toEqual(of("bbbbbbbbbbbb"))
  })
})
