/**
 * Spans on their way to the collector: gathered for a second, sent some hundred a request, one request at a time. There
 * is a timer only while something waits. What comes while the queue is full is let go.
 */
import { clearTimeout, setTimeout } from "node:timers"
import * as Limits from "../domain/Limits.ts"
import type { Outcome } from "./Collector.ts"
import type { Span } from "./Span.ts"

export class SpanQueue {
  private readonly waiting: Array<Span> = []
  private readonly send: (spans: ReadonlyArray<Span>) => Promise<Outcome>
  private timer: NodeJS.Timeout | undefined
  private sending: Promise<void> | undefined
  private failures = 0
  private closed = false

  constructor(send: (spans: ReadonlyArray<Span>) => Promise<Outcome>) {
    this.send = send
  }

  get length(): number {
    return this.waiting.length
  }

  add(span: Span): void {
    if (this.closed || this.waiting.length >= Limits.maxWaitingSpans) return
    this.waiting.push(span)
    this.arm()
  }

  /** Sends what is left, once each; what is not taken then is let go. */
  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.timer)
    await this.sending
    while (this.waiting.length > 0 && (await this.sendOnce()) !== "later");
  }

  private arm(): void {
    if (this.timer !== undefined || this.sending !== undefined || this.closed) return
    const backoff = Limits.minTelemetryBackoffMs * 2 ** (this.failures - 1)
    const delayMs =
      this.failures === 0 ? Limits.spanExportDelayMs : Math.min(backoff, Limits.maxTelemetryBackoffMs)
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.sending = this.drain()
    }, delayMs)
    this.timer.unref()
  }

  private async drain(): Promise<void> {
    while (!this.closed && this.waiting.length > 0) {
      const isLater = (await this.sendOnce()) === "later"
      this.failures = isLater ? this.failures + 1 : 0
      if (isLater) break
    }
    this.sending = undefined
    if (this.waiting.length > 0) this.arm()
  }

  private async sendOnce(): Promise<Outcome> {
    const spans = this.waiting.slice(0, Limits.maxSpansPerRequest)
    const outcome = await this.send(spans)
    if (outcome !== "later") this.waiting.splice(0, spans.length)
    return outcome
  }
}
