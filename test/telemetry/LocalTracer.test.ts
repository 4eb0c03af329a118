import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as Limits from "../../src/domain/Limits.ts"
import * as LocalTracer from "../../src/telemetry/LocalTracer.ts"
import type { Span } from "../../src/telemetry/Span.ts"

/** The spans that go out of what is done. */
const spansOf = (work: Effect.Effect<unknown, unknown>, share = 1): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  const tracer = LocalTracer.make(share, (span) => spans.push(span))
  Effect.runSyncExit(Effect.withTracer(work, tracer))
  return spans
}

const times = (count: number, work: Effect.Effect<unknown>) =>
  Effect.forEach(Array.from({ length: count }), () => work, { discard: true })

const step = Effect.withSpan(Effect.void, "step")

describe("spans of what is done here", () => {
  it("are in the trace of what they are part of", () => {
    const [inner, outer] = spansOf(Effect.withSpan(step, "whole", { attributes: { of: 1 } }))
    expect(outer).toMatchObject({ name: "whole", attributes: { of: 1 } })
    expect(outer?.parentSpanId).toBeUndefined()
    expect(inner).toMatchObject({ name: "step", parentSpanId: outer?.spanId, traceId: outer?.traceId })
  })

  it("begin so many traces a second, and are so many of one trace", () => {
    // What is done may take beyond the end of a second.
    const begun = spansOf(times(5 * Limits.localTracesPerSecond, step))
    expect(begun.length).toBeGreaterThanOrEqual(Limits.localTracesPerSecond)
    expect(begun.length).toBeLessThanOrEqual(2 * Limits.localTracesPerSecond)
    const whole = Effect.withSpan(times(3 * Limits.maxSpansPerLocalTrace, step), "whole")
    const spans = spansOf(whole)
    expect(spans).toHaveLength(Limits.maxSpansPerLocalTrace)
    expect(spans.at(-1)?.name).toBe("whole")
  })

  it("are none where none are asked for", () => {
    expect(spansOf(times(50, step), 0)).toEqual([])
  })

  it("say by what kind of error they failed, and that an interruption is none", () => {
    const [failed] = spansOf(Effect.withSpan(Effect.fail({ _tag: "StoreUnavailable" }), "step"))
    expect(failed?.error).toBe("StoreUnavailable")
    const [interrupted] = spansOf(Effect.withSpan(Effect.interrupt, "step"))
    expect(interrupted?.error).toBeUndefined()
  })
})
