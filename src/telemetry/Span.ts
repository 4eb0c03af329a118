/** A piece of work with its place in a trace, and its form in OTLP's JSON. */

export type Value = string | number | boolean

export interface Span {
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer"
  /** Microseconds since the Unix epoch. */
  readonly startUs: number
  readonly endUs: number
  readonly attributes: Readonly<Record<string, Value>>
  readonly links?: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>
  /** Why it failed, where it did. */
  readonly error?: string
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

const errorStatus = 2

export const nanoseconds = (us: number): string => `${BigInt(Math.floor(us)) * 1_000n}`

const anyValue = (value: Value) => {
  if (typeof value === "string") return { stringValue: value }
  if (typeof value === "boolean") return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

export const attributesOf = (attributes: Readonly<Record<string, Value>>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

const toJson = ({ startUs, endUs, kind, attributes, error, ...span }: Span) => ({
  ...span,
  kind: kinds[kind],
  startTimeUnixNano: nanoseconds(startUs),
  endTimeUnixNano: nanoseconds(endUs),
  attributes: attributesOf(attributes),
  ...(error === undefined ? {} : { status: { code: errorStatus, message: error } }),
})

/** An export request of the traces' service. */
export const request = (resource: Readonly<Record<string, Value>>, spans: ReadonlyArray<Span>): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: "lightcone" }, spans: spans.map(toJson) }],
      },
    ],
  })
