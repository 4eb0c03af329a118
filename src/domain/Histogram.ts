/**
 * Counts of whole numbers in bounded memory with quantiles to within 0.4 %: log-linear buckets as in Gil Tene's
 * HdrHistogram, exact below 128 and then 128 buckets to each doubling, up to 2^53.
 */
const bitsPerDoubling = 7
const perDoubling = 2 ** bitsPerDoubling
const doublings = 53 - bitsPerDoubling

export interface Histogram {
  /** Values are whole numbers from 0 to 2^53 - 1. */
  readonly record: (value: number, times?: number) => void
  readonly count: () => number
  /** The largest value recorded, exactly; 0 of none. */
  readonly max: () => number
  /** The nearest-rank quantile (0 < q <= 1), 0 of none. */
  readonly quantile: (q: number) => number
}

const bucketOf = (value: number): number => {
  if (value < perDoubling) return value
  const high = Math.floor(value / 0x1_0000_0000)
  const exponent = high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(value)
  const step = 2 ** (exponent - bitsPerDoubling)
  return (exponent - bitsPerDoubling) * perDoubling + Math.floor(value / step)
}

/** The middle of a bucket. */
const middleOf = (bucket: number): number => {
  if (bucket < 2 * perDoubling) return bucket
  const shift = Math.floor(bucket / perDoubling) - 1
  const step = 2 ** shift
  return (bucket - shift * perDoubling) * step + step / 2
}

export const make = (): Histogram => {
  const counts = new Float64Array((doublings + 1) * perDoubling)
  let count = 0
  let max = 0
  return {
    record: (value, times = 1) => {
      counts[bucketOf(value)]! += times
      count += times
      if (value > max) max = value
    },
    count: () => count,
    max: () => max,
    quantile: (q) => {
      const rank = Math.max(1, Math.ceil(q * count))
      if (count === 0) return 0
      let seen = 0
      let bucket = 0
      while (seen < rank) seen += counts[bucket++]!
      return Math.min(middleOf(bucket - 1), max)
    },
  }
}
