/** What an instance has answered, counted, and told as Prometheus reads it. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import type { Metric, Point } from "../telemetry/Metric.ts"
import { api } from "./Api.ts"

/** Upper bounds, seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

export interface Counts {
  readonly count: (method: string, status: number, seconds: number) => void
  readonly text: () => string
  /** The same for OTLP. */
  readonly read: () => ReadonlyArray<Metric>
}

const requestsAre = { name: "lightcone_http_requests_total", says: "Requests answered by this instance." }
const secondsAre = { name: "lightcone_http_request_seconds", says: "Time to the beginning of an answer." }

export const make = (): Counts => {
  const requests = new Map<string, Point & { value: number }>()
  const buckets = bounds.map(() => 0)
  let [sum, total] = [0, 0]
  return {
    count: (method, status, seconds) => {
      const attributes = { method: methods.has(method) ? method : "other", status }
      const labels = `method="${attributes.method}",status="${status}"`
      const point = requests.get(labels) ?? { attributes, value: 0 }
      point.value++
      requests.set(labels, point)
      for (const [i, bound] of bounds.entries()) if (seconds <= bound) buckets[i]!++
      sum += seconds
      total++
    },
    text: () =>
      [
        `# HELP ${requestsAre.name} ${requestsAre.says}`,
        "# TYPE lightcone_http_requests_total counter",
        ...[...requests].map(([labels, { value }]) => `lightcone_http_requests_total{${labels}} ${value}`),
        `# HELP ${secondsAre.name} ${secondsAre.says}`,
        "# TYPE lightcone_http_request_seconds histogram",
        ...bounds.map((bound, i) => `lightcone_http_request_seconds_bucket{le="${bound}"} ${buckets[i]}`),
        `lightcone_http_request_seconds_bucket{le="+Inf"} ${total}`,
        `lightcone_http_request_seconds_sum ${sum}`,
        `lightcone_http_request_seconds_count ${total}`,
        "",
      ].join("\n"),
    read: () => [
      {
        name: requestsAre.name,
        description: requestsAre.says,
        unit: "{request}",
        sum: [...requests.values()],
      },
      {
        name: secondsAre.name,
        description: secondsAre.says,
        unit: "s",
        histogram: {
          bounds,
          // Prometheus counts up to each bound, OTLP between two.
          counts: [...buckets, total].map((upTo, i) => upTo - (buckets[i - 1] ?? 0)),
          sum,
        },
      },
    ],
  }
}

/** Counts every answer, whatever it is. */
export const counting = (counts: Counts) =>
  HttpMiddleware.make((app) =>
    Effect.gen(function* () {
      const { method } = yield* HttpServerRequest.HttpServerRequest
      const begunMs = performance.now()
      const response = yield* app
      counts.count(method, response.status, (performance.now() - begunMs) / 1_000)
      return response
    }),
  )

export const layer = (counts: Counts) =>
  HttpApiBuilder.group(api, "metrics", (handlers) =>
    handlers.handle("metrics", () =>
      Effect.sync(() =>
        HttpServerResponse.text(counts.text(), { contentType: "text/plain; version=0.0.4; charset=utf-8" }),
      ),
    ),
  )
