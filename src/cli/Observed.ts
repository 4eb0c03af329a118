/** A command whose traces and metrics go out where the environment says to whom; else it is left as it is. */
import * as Effect from "effect/Effect"
import * as Environment from "../persistence/Environment.ts"
import { Observation, open } from "../telemetry/Observation.ts"
import { harmless } from "./Output.ts"
import type { Invocation } from "./Program.ts"

export const observed =
  ({ quiet }: Invocation) =>
  <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.scoped(
      Effect.gen(function* () {
        const say = (text: string): void => {
          if (!quiet) process.stderr.write(`${harmless(text)}\n`)
        }
        const telemetry = yield* open(yield* Environment.openTelemetry, say)
        if (telemetry === undefined) return yield* command
        return yield* command.pipe(
          Effect.provideService(Observation, telemetry),
          Effect.withTracer(telemetry.tracer),
        )
      }),
    ) as Effect.Effect<A, E, R>
