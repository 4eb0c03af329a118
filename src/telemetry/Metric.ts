/** What is counted and measured, and its form in OTLP's JSON. Sums and histograms count from the process's start on. */
import { attributesOf, nanoseconds, type Value } from "./Span.ts"

interface Described {
  readonly name: string
  readonly description: string
  /** By UCUM: "s", "1", "{event}". */
  readonly unit: string
}

export interface Point {
  readonly attributes: Readonly<Record<string, Value>>
  readonly value: number
}

/** Of measured values: `counts[i]` are those up to `bounds[i]` and beyond the bound before; the last, the rest. */
export interface Distribution {
  readonly bounds: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
  readonly sum: number
}

export type Metric = Described &
  (
    | { readonly sum: ReadonlyArray<Point> }
    | { readonly gauge: ReadonlyArray<Point> }
    | { readonly histogram: Distribution }
  )

export class Measured implements Distribution {
  readonly bounds: ReadonlyArray<number>
  readonly counts: Array<number>
  sum = 0

  constructor(bounds: ReadonlyArray<number>) {
    this.bounds = bounds
    this.counts = new Array(bounds.length + 1).fill(0)
  }

  add(value: number): void {
    let i = 0
    while (i < this.bounds.length && value > this.bounds[i]!) i++
    this.counts[i]!++
    this.sum += value
  }
}

const cumulative = 2

const toJson = (metric: Metric, startUs: number, nowUs: number) => {
  const { name, description, unit } = metric
  const times = { startTimeUnixNano: nanoseconds(startUs), timeUnixNano: nanoseconds(nowUs) }
  const points = (of: ReadonlyArray<Point>) =>
    of.map(({ attributes, value }) => ({
      ...times,
      attributes: attributesOf(attributes),
      ...(Number.isSafeInteger(value) ? { asInt: String(value) } : { asDouble: value }),
    }))
  const described = { name, description, unit }
  if ("gauge" in metric) return { ...described, gauge: { dataPoints: points(metric.gauge) } }
  if ("sum" in metric)
    return {
      ...described,
      sum: { aggregationTemporality: cumulative, isMonotonic: true, dataPoints: points(metric.sum) },
    }
  const { bounds, counts, sum } = metric.histogram
  const count = counts.reduce((total, one) => total + one, 0)
  const point = {
    ...times,
    count: String(count),
    sum,
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
  }
  return { ...described, histogram: { aggregationTemporality: cumulative, dataPoints: [point] } }
}

/** An export request of the metrics' service. */
export const request = (
  resource: Readonly<Record<string, Value>>,
  metrics: ReadonlyArray<Metric>,
  startUs: number,
  nowUs: number,
): string =>
  JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeMetrics: [
          { scope: { name: "lightcone" }, metrics: metrics.map((metric) => toJson(metric, startUs, nowUs)) },
        ],
      },
    ],
  })
