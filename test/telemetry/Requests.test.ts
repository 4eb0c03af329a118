import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Handler from "../../src/http/Handler.ts"
import { type Collector, collect } from "../support/Collector.ts"

let collector: Collector
beforeEach(async () => {
  collector = await collect()
})
afterEach(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
  await collector.close()
})

const parent = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" }
const traceparent = (flags: string) => ({
  traceparent: `00-${parent.traceId}-${parent.spanId}-${flags}`,
})

/** Answers some requests, and is gone. */
const answered = async (
  requests: ReadonlyArray<readonly [path: string, headers?: Record<string, string>]>,
) => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url
  const { fetch, dispose } = Handler.make()
  for (const [path, headers = {}] of requests)
    await (await fetch(new Request(`http://localhost${path}`, { headers }))).text()
  await dispose()
  return collector.spans().filter(({ kind }) => kind === 2)
}

describe("a request", () => {
  it("is a span with method, route and status, and keeps what may be secret to itself", async () => {
    const [span, ...others] = await answered([
      ["/runs/abc/events?after=hidden", { authorization: "Bearer hidden", "x-other": "hidden" }],
    ])
    expect(others).toEqual([])
    expect(span?.name).toBe("GET /runs/:run/events")
    expect(span?.attributes).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/runs/:run/events",
      "http.response.status_code": 400,
      "url.path": "/runs/abc/events",
    })
    expect(span?.error).toBeUndefined()
    expect(JSON.stringify(collector.requests)).not.toContain("hidden")
  })

  it("that ends in an error of ours is a span that says so", async () => {
    const [span] = await answered([["/runs"]])
    expect(span).toMatchObject({ name: "GET /runs", error: "answered 503" })
  })

  it("goes on with the trace that it brings, if that is kept", async () => {
    const spans = await answered([
      ["/health", traceparent("01")],
      ["/health", traceparent("00")],
    ])
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({ traceId: parent.traceId, parentSpanId: parent.spanId })
  })

  it("is counted as /metrics counts it", async () => {
    await answered([["/health"], ["/health"], ["/nowhere"]])
    const counted = collector.points("lightcone_http_requests_total")
    expect(counted.map(({ attributes, asInt }) => [attributes.method, attributes.status, asInt])).toEqual([
      ["GET", 200, "2"],
      ["GET", 404, "1"],
    ])
    const [seconds] = collector.points("lightcone_http_request_seconds")
    expect(seconds?.count).toBe("3")
    expect(seconds?.bucketCounts).toHaveLength(seconds!.explicitBounds!.length + 1)
    const sum = seconds!.bucketCounts!.reduce((total, count) => total + Number(count), 0)
    expect(sum).toBe(3)
  })

  it("leaves nothing behind where no collector is named", async () => {
    const { fetch, dispose } = Handler.make()
    const response = await fetch(new Request("http://localhost/health", { headers: traceparent("01") }))
    expect(response.status).toBe(200)
    await dispose()
    expect(collector.requests).toEqual([])
  })
})
