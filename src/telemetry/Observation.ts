/** Telemetry as those who do something know it; nobody's, unless it is asked for. Only then is what it needs loaded. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { Onlooker, ProjectionOnlooker } from "../domain/Onlooker.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import type { Metric } from "./Metric.ts"
import type { Span } from "./Span.ts"

export interface Telemetry {
  readonly tracer: Tracer.Tracer
  /** Looks on while a real run is made. */
  readonly ofRun: (run: string, config: RunConfig) => Onlooker
  readonly ofProjections: ProjectionOnlooker
  /** Takes spans that another thread has made. */
  readonly take: (spans: ReadonlyArray<Span>) => void
  /** Metrics that are read whenever some go out, the last time as it closes. */
  readonly measure: (read: () => ReadonlyArray<Metric>) => void
  /** Sends what is left, in bounded time. */
  readonly close: () => Promise<void>
}

/** Of what is being done. */
export class Observation extends Context.Reference<Observation>()("lightcone/Observation", {
  defaultValue: (): Telemetry | undefined => undefined,
}) {}

/** The variables of OpenTelemetry, by their names. */
export type Variables = Readonly<Record<string, string | undefined>>

const isSet = (text: string | undefined): boolean => text !== undefined && text.trim() !== ""

export const isAsked = (variables: Variables): boolean =>
  [
    variables.OTEL_EXPORTER_OTLP_ENDPOINT,
    variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    variables.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT,
  ].some(isSet) && variables.OTEL_SDK_DISABLED?.trim().toLowerCase() !== "true"

/** None where it is not asked for. `say` takes notices for people. */
export const open = (
  variables: Variables,
  say: (text: string) => void,
): Effect.Effect<Telemetry | undefined, never, Scope.Scope> =>
  isAsked(variables)
    ? Effect.acquireRelease(
        Effect.map(
          Effect.promise(() => import("./Telemetry.ts")),
          (loaded): Telemetry => loaded.open(variables, say),
        ),
        ({ close }) => Effect.promise(close),
      )
    : Effect.succeed(undefined)
