/** An OpenTelemetry collector as far as tests need one: takes OTLP/HTTP JSON and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly resource: Readonly<Record<string, string | number | boolean>>
  readonly error?: string
}

interface KeyValue {
  readonly key: string
  readonly value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean }
}

const attributesOf = (pairs: ReadonlyArray<KeyValue>) =>
  Object.fromEntries(
    pairs.map(({ key, value }) => {
      const { stringValue, intValue, doubleValue, boolValue } = value
      return [key, stringValue ?? doubleValue ?? boolValue ?? Number(intValue)] as const
    }),
  )

export interface Point {
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly asInt?: string
  readonly count?: string
  readonly bucketCounts?: ReadonlyArray<string>
  readonly explicitBounds?: ReadonlyArray<number>
}

export interface Collector {
  readonly url: string
  readonly spans: () => ReadonlyArray<Span>
  /** The newest points of a metric. */
  readonly points: (metric: string) => ReadonlyArray<Point>
  readonly requests: ReadonlyArray<{
    readonly path: string
    readonly headers: IncomingMessage["headers"]
    readonly body: string
  }>
  readonly close: () => Promise<void>
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of request.setEncoding("utf8")) text += chunk
  return text
}

/** `answer` may do something else than to take what comes. */
export const collect = async (
  answer: (response: ServerResponse) => void = (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end("{}"),
): Promise<Collector> => {
  const requests: Array<Collector["requests"][number]> = []
  const server = createServer(async (request, response) => {
    requests.push({ path: request.url!, headers: request.headers, body: await bodyOf(request) })
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const bodies = (path: string) =>
    requests.filter((request) => request.path === path).map(({ body }) => JSON.parse(body))
  const spans = () =>
    bodies("/v1/traces").flatMap(
      (body): ReadonlyArray<Span> =>
        // biome-ignore lint/suspicious/noExplicitAny: what a program sent is looked at as it is
        body.resourceSpans.flatMap(({ resource, scopeSpans }: any) =>
          // biome-ignore lint/suspicious/noExplicitAny: as above
          scopeSpans.flatMap(({ spans }: any) =>
            // biome-ignore lint/suspicious/noExplicitAny: as above
            spans.map((span: any) => ({
              ...span,
              startNs: BigInt(span.startTimeUnixNano),
              endNs: BigInt(span.endTimeUnixNano),
              attributes: attributesOf(span.attributes),
              resource: attributesOf(resource.attributes),
              ...(span.status === undefined ? {} : { error: span.status.message }),
            })),
          ),
        ),
    )
  const points = (metric: string): ReadonlyArray<Point> => {
    const last = bodies("/v1/metrics").at(-1)
    const metrics = last?.resourceMetrics[0].scopeMetrics[0].metrics ?? []
    const found = metrics.find(({ name }: { name: string }) => name === metric)
    const { dataPoints = [] } = found?.sum ?? found?.gauge ?? found?.histogram ?? {}
    return dataPoints.map((point: { attributes?: ReadonlyArray<KeyValue> }) => ({
      ...point,
      attributes: attributesOf(point.attributes ?? []),
    }))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    points,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
