/**
 * What bounds a rate without a timer: a bucket gains so many tokens a second up to what it holds, and whoever takes what
 * is not there is told how long to wait. Time is counted when somebody comes, so nothing runs in between.
 */
export interface Rate {
  readonly perSecond: number
  /** As many as may come at once, after a pause. */
  readonly burst: number
}

export class TokenBucket {
  private readonly rate: Rate
  private tokens: number
  private atMs: number

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate
    this.tokens = rate.burst
    this.atMs = nowMs
  }

  /** Until there is a token, milliseconds; 0 where there is one. */
  waitMs(nowMs: number): number {
    const gained = (Math.max(0, nowMs - this.atMs) / 1_000) * this.rate.perSecond
    this.tokens = Math.min(this.rate.burst, this.tokens + gained)
    this.atMs = nowMs
    return this.tokens >= 1 ? 0 : ((1 - this.tokens) / this.rate.perSecond) * 1_000
  }

  /** Takes one if there is one; else tells until when there is none, milliseconds. */
  take(nowMs: number): number {
    const waitMs = this.waitMs(nowMs)
    if (waitMs === 0) this.tokens -= 1
    return waitMs
  }
}

/** A bucket for each who asks, of as many as are remembered; the one that asked longest ago is forgotten first. */
export class TokenBuckets {
  private readonly rate: Rate
  private readonly most: number
  private readonly buckets = new Map<string, TokenBucket>()

  constructor(rate: Rate, most: number) {
    this.rate = rate
    this.most = most
  }

  waitMs(of: string, nowMs: number): number {
    return this.buckets.get(of)?.waitMs(nowMs) ?? 0
  }

  take(of: string, nowMs: number): number {
    const bucket = this.buckets.get(of) ?? new TokenBucket(this.rate, nowMs)
    this.buckets.delete(of)
    this.buckets.set(of, bucket)
    if (this.buckets.size > this.most) this.buckets.delete(this.buckets.keys().next().value!)
    return bucket.take(nowMs)
  }
}
