/**
 * Effect's spans, sent: of requests, of a run as a whole, of what the store is asked. Of those that begin here so many a
 * second, and of each trace so many spans; who brings a trace along decides for himself whether it is kept.
 */
import { randomBytes } from "node:crypto"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Limits from "../domain/Limits.ts"
import type { Span, Value } from "./Span.ts"

const random = (bytes: number): string => randomBytes(bytes).toString("hex")

const microseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000n)

/** Headers may be secret, and so may what stands behind a question mark. */
const isKept = (key: string): boolean => !/^(http\.(request|response)\.header\.|url\.(full|query)$)/.test(key)

const attributesOf = (attributes: ReadonlyMap<string, unknown>): Record<string, Value> => {
  const kept: Record<string, Value> = {}
  for (const [key, value] of attributes)
    if (isKept(key))
      kept[key] = typeof value === "number" || typeof value === "boolean" ? value : String(value)
  return kept
}

const errorOf = (
  exit: Exit.Exit<unknown, unknown>,
  attributes: Readonly<Record<string, Value>>,
): string | undefined => {
  const status = attributes["http.response.status_code"]
  if (typeof status === "number" && status >= 500) return `answered ${status}`
  if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return undefined
  const error = Cause.squash(exit.cause) as { readonly _tag?: string; readonly name?: string } | undefined
  return error?._tag ?? error?.name ?? "failed"
}

class LocalSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId = random(8)
  readonly traceId: string
  readonly sampled: boolean
  readonly attributes = new Map<string, unknown>()
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly context: Context.Context<never>
  readonly kind: Tracer.SpanKind
  readonly links: Array<Tracer.SpanLink>
  status: Tracer.SpanStatus
  /** How many spans its trace has here. */
  readonly family: { spans: number }
  private readonly put: (span: Span) => void

  constructor(
    of: Pick<LocalSpan, "name" | "parent" | "context" | "kind" | "sampled" | "family"> & {
      readonly links: ReadonlyArray<Tracer.SpanLink>
      readonly startTime: bigint
    },
    put: (span: Span) => void,
  ) {
    this.name = of.name
    this.parent = of.parent
    this.context = of.context
    this.kind = of.kind
    this.sampled = of.sampled
    this.family = of.family
    this.links = [...of.links]
    this.traceId = of.parent._tag === "Some" ? of.parent.value.traceId : random(16)
    this.status = { _tag: "Started", startTime: of.startTime }
    this.put = put
  }

  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }

  event(): void {}

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    const { startTime } = this.status
    this.status = { _tag: "Ended", startTime, endTime, exit }
    if (!this.sampled) return
    const attributes = attributesOf(this.attributes)
    const route = attributes["http.route"]
    const error = errorOf(exit, attributes)
    this.put({
      traceId: this.traceId,
      spanId: this.spanId,
      ...(this.parent._tag === "Some" ? { parentSpanId: this.parent.value.spanId } : {}),
      name: route === undefined ? this.name : `${attributes["http.request.method"]} ${route}`,
      kind: this.kind,
      startUs: microseconds(startTime),
      endUs: microseconds(endTime),
      attributes,
      ...(this.links.length === 0
        ? {}
        : { links: this.links.map(({ span: { traceId, spanId } }) => ({ traceId, spanId })) }),
      ...(error === undefined ? {} : { error }),
    })
  }
}

/** `share` of those that begin here go out. */
export const make = (share: number, put: (span: Span) => void): Tracer.Tracer => {
  let [secondBeganMs, begun] = [Number.NEGATIVE_INFINITY, 0]
  const mayBegin = (): boolean => {
    if (Math.random() >= share) return false
    const nowMs = performance.now()
    if (nowMs - secondBeganMs >= 1_000) [secondBeganMs, begun] = [nowMs, 0]
    return ++begun <= Limits.localTracesPerSecond
  }
  return Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const above = parent._tag === "Some" ? parent.value : undefined
      const family = above instanceof LocalSpan ? above.family : { spans: 0 }
      const wanted = above === undefined ? mayBegin() : above.sampled
      const sampled = wanted && ++family.spans <= Limits.maxSpansPerLocalTrace
      return new LocalSpan({ name, parent, context, links, startTime, kind, sampled, family }, put)
    },
    context: (f) => f(),
  })
}
