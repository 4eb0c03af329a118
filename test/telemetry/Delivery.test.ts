import { afterEach, describe, expect, it } from "vitest"
import * as Limits from "../../src/domain/Limits.ts"
import type { Span } from "../../src/telemetry/Span.ts"
import { SpanQueue } from "../../src/telemetry/SpanQueue.ts"
import * as Telemetry from "../../src/telemetry/Telemetry.ts"
import { type Collector, collect } from "../support/Collector.ts"

const span = (name: string): Span => ({
  traceId: "0".repeat(31).concat("1"),
  spanId: "0".repeat(15).concat("1"),
  name,
  kind: "internal",
  startUs: 1_700_000_000_000_000,
  endUs: 1_700_000_000_000_001,
  attributes: { text: "a", whole: 7, half: 0.5, yes: true },
})

const collectors: Array<Collector> = []
const collector = async (...given: Parameters<typeof collect>) => {
  const made = await collect(...given)
  collectors.push(made)
  return made
}
afterEach(async () => {
  for (const one of collectors.splice(0)) await one.close()
})

const opened = (url: string) => {
  const said: Array<string> = []
  const telemetry = Telemetry.open({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, (text) => said.push(text))
  return { telemetry, said }
}

describe("telemetry on its way", () => {
  it("arrives as OTLP has it, the latest at the end", async () => {
    const { url, spans, requests } = await collector()
    const { telemetry, said } = opened(url)
    telemetry.take([span("one"), span("two")])
    await telemetry.close()
    expect(spans().map(({ name }) => name)).toEqual(["one", "two"])
    const [first] = spans()
    expect(first).toMatchObject({ kind: 1, attributes: span("one").attributes })
    expect(first?.startNs).toBe(1_700_000_000_000_000_000n)
    expect(first?.resource["service.name"]).toBe("lightcone")
    expect(requests[0]?.headers["content-type"]).toBe("application/json")
    expect(said).toEqual([])
  })

  it("goes out while something is done, without waiting for the end", async () => {
    const { url, spans } = await collector()
    const { telemetry } = opened(url)
    telemetry.take([span("early")])
    await expect.poll(() => spans().length, { timeout: 5_000 }).toBe(1)
    await telemetry.close()
    expect(spans()).toHaveLength(1)
  })

  it("is tried again where the collector is busy, and let go where it refuses", async () => {
    let answers = [503, 200]
    const { url, requests } = await collector((response) => {
      response.writeHead(answers.shift() ?? 200).end()
    })
    const { telemetry, said } = opened(url)
    telemetry.take([span("again")])
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(2)
    expect(requests[1]?.body).toBe(requests[0]?.body)
    answers = [400]
    telemetry.take([span("refused")])
    await expect.poll(() => requests.length, { timeout: 5_000 }).toBe(3)
    await telemetry.close()
    expect(requests).toHaveLength(3)
    expect(said).toEqual([
      `Cannot send telemetry to ${url}/v1/traces: it answered 503; all else goes on without it`,
    ])
  })

  it("ends in bounded time where nobody answers", async () => {
    const { url } = await collector(() => {})
    const { telemetry, said } = opened(url)
    for (let i = 0; i < 2_000; i++) telemetry.take([span("lost")])
    const begunMs = performance.now()
    await telemetry.close()
    expect(performance.now() - begunMs).toBeLessThan(Limits.telemetryFlushMs + 1_000)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain("did not answer in time")
  })

  it("waits in bounded memory, and in order", async () => {
    const queue = new SpanQueue(async () => "later")
    for (let i = 0; i < 3 * Limits.maxWaitingSpans; i++) queue.add(span(String(i)))
    expect(queue.length).toBe(Limits.maxWaitingSpans)
    await queue.close()
    const sent: Array<string> = []
    const taking = new SpanQueue(async (spans) => {
      expect(spans.length).toBeLessThanOrEqual(Limits.maxSpansPerRequest)
      sent.push(...spans.map(({ name }) => name))
      return "taken"
    })
    const names = Array.from({ length: 1_500 }, (_, i) => String(i))
    for (const name of names) taking.add(span(name))
    await taking.close()
    expect(sent).toEqual(names)
  })
})
