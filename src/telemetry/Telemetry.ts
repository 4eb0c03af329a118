/**
 * Traces and metrics of one process, sent by OTLP over HTTP as JSON. An exporter of our own rather than OpenTelemetry's
 * or `@effect/opentelemetry`'s: those draw ids at random, and the spans of a message find each other by ids that follow
 * from its address.
 *
 * A collector that cannot be reached is told of once; what waits for it is bounded, and so is the end.
 */
import { clearTimeout, setTimeout } from "node:timers"
import * as Limits from "../domain/Limits.ts"
import * as Collector from "./Collector.ts"
import * as LocalTracer from "./LocalTracer.ts"
import * as MessageTrace from "./MessageTrace.ts"
import * as Metric from "./Metric.ts"
import type { Telemetry, Variables } from "./Observation.ts"
import * as ProjectionSpans from "./ProjectionSpans.ts"
import { RunMetrics } from "./RunMetrics.ts"
import * as RunOnlooker from "./RunOnlooker.ts"
import * as Settings from "./Settings.ts"
import * as Span from "./Span.ts"
import { SpanQueue } from "./SpanQueue.ts"

const anchorUs = Date.now() * 1_000 - performance.now() * 1_000
const nowUs = (): number => Math.floor(anchorUs + performance.now() * 1_000)

/** Such as spans in a thread that has nobody to send them to but the one that started it. */
export const ofProjections = (variables: Variables, put: (span: Span.Span) => void) =>
  ProjectionSpans.make(Settings.decode(variables).share, nowUs, put)

/** `say` takes notices for people: what the variables have wrong, and the first failure. */
export const open = (variables: Variables, say: (text: string) => void): Telemetry => {
  const { traces, metrics, resource, share, metricIntervalMs, problems } = Settings.decode(variables)
  for (const problem of problems) say(problem)
  const startUs = nowUs()
  const ended = new AbortController()
  let isTold = false
  const trouble = (url: string) => (reason: string) => {
    if (isTold) return
    isTold = true
    const { origin, pathname } = new URL(url)
    say(`Cannot send telemetry to ${origin}${pathname}: ${reason}; all else goes on without it`)
  }
  const post = (to: Settings.Destination, body: string) =>
    Collector.send(to, body, ended.signal, trouble(to.url))

  const queue =
    traces === undefined ? undefined : new SpanQueue((spans) => post(traces, Span.request(resource, spans)))

  const sources = new Set<() => ReadonlyArray<Metric.Metric>>()
  let timer: NodeJS.Timeout | undefined
  const sendMetrics = async (): Promise<void> => {
    const read = [...sources].flatMap((source) => source())
    if (metrics !== undefined && read.length > 0)
      await post(metrics, Metric.request(resource, read, startUs, nowUs()))
  }
  /** Something is happening, so there will be something to tell; nothing is told of an idle process. */
  const stir = (): void => {
    if (timer !== undefined || metrics === undefined || ended.signal.aborted) return
    timer = setTimeout(() => {
      timer = undefined
      void sendMetrics()
    }, metricIntervalMs)
    timer.unref()
  }
  const put = (span: Span.Span): void => queue?.add(span)

  const runMetrics = new RunMetrics()
  const readRuns = () => runMetrics.read()
  const tracer = LocalTracer.make(queue === undefined ? 0 : (share ?? 1), put)
  return {
    tracer: {
      ...tracer,
      span: (...given) => {
        stir()
        return tracer.span(...given)
      },
    },
    ofRun: (run, config) => {
      runMetrics.begin(config.machines)
      sources.add(readRuns)
      const messages = MessageTrace.make(
        run,
        queue === undefined ? 0 : (share ?? MessageTrace.shareOf(config)),
      )
      const onlooker = RunOnlooker.make(run, messages, runMetrics, put)
      return {
        decided: onlooker.decided,
        appended: (...given) => {
          stir()
          onlooker.appended(...given)
        },
      }
    },
    ofProjections: ProjectionSpans.make(queue === undefined ? 0 : share, nowUs, put),
    take: (spans) => {
      for (const span of spans) put(span)
    },
    measure: (read) => sources.add(read),
    close: async () => {
      clearTimeout(timer)
      const limit = setTimeout(() => ended.abort(), Limits.telemetryFlushMs)
      await Promise.all([queue?.close(), sendMetrics()])
      clearTimeout(limit)
      ended.abort()
    },
  }
}
