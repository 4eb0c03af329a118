import { describe, expect, it } from "vitest"
import { TokenBucket, TokenBuckets } from "../../src/http/TokenBucket.ts"

const taken = (bucket: { take: (nowMs: number) => number }, times: number, nowMs: number): number =>
  Array.from({ length: times }, () => bucket.take(nowMs)).filter((waitMs) => waitMs === 0).length

describe("a bucket", () => {
  it("gives its burst at once, then its rate, and never more than its burst after a pause", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0)
    expect(taken(bucket, 50, 0)).toBe(20)
    expect(taken(bucket, 50, 500)).toBe(5)
    expect(taken(bucket, 50, 1_000_000)).toBe(20)
  })

  it("tells when there is a token again, and then there is one", () => {
    const bucket = new TokenBucket({ perSecond: 0.5, burst: 1 }, 0)
    expect(bucket.take(0)).toBe(0)
    expect(bucket.take(0)).toBe(2_000)
    expect(bucket.take(1_500)).toBeCloseTo(500)
    expect(bucket.take(2_000)).toBe(0)
  })

  it("gives nothing for a clock that goes back", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 1_000)
    expect(taken(bucket, 1, 1_000)).toBe(1)
    expect(bucket.take(0)).toBeGreaterThan(0)
  })
})

describe("buckets", () => {
  it("are of each who asks, and looking takes nothing", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 2 }, 10)
    for (let i = 0; i < 9; i++) expect(buckets.waitMs("a", 0)).toBe(0)
    expect([1, 2, 3].map(() => buckets.take("a", 0))).toEqual([0, 0, 1_000])
    expect(buckets.waitMs("a", 0)).toBe(1_000)
    expect(buckets.take("b", 0)).toBe(0)
  })

  it("are no more than are remembered, and the one that asked longest ago is forgotten", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 2)
    for (const of of ["a", "b", "a", "c"]) buckets.take(of, 0)
    expect(["a", "b", "c"].map((of) => buckets.waitMs(of, 0))).toEqual([1_000, 0, 1_000])
  })
})
