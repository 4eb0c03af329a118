/** What repetitions of one measurement say together: mean, spread, and where the true mean probably is. */
import * as StudentT from "./StudentT.ts"

/** The confidence of the intervals. */
export const confidence = 0.95

export interface Sample {
  /** How many values there are. */
  readonly count: number
  /** Null of none. */
  readonly mean: number | null
  /** The standard deviation of the sample (n - 1); null of fewer than two. */
  readonly deviation: number | null
  /** The confidence interval of the mean by Student's t; null of fewer than two. */
  readonly interval: readonly [low: number, high: number] | null
}

export const of = (values: ReadonlyArray<number>): Sample => {
  const count = values.length
  if (count === 0) return { count, mean: null, deviation: null, interval: null }
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count === 1) return { count, mean, deviation: null, interval: null }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (count - 1))
  const margin = (StudentT.quantile(confidence, count - 1) * deviation) / Math.sqrt(count)
  return { count, mean, deviation, interval: [mean - margin, mean + margin] }
}
