/** `serve`: the HTTP API of the store, until it is interrupted. */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import { isLoopbackName } from "../http/Access.ts"
import * as Handler from "../http/Handler.ts"
import * as Rates from "../http/Rates.ts"
import * as Server from "../http/Server.ts"
import * as StoreAccess from "../http/StoreAccess.ts"
import { environment } from "../persistence/Environment.ts"
import { Observation } from "../telemetry/Observation.ts"
import * as Interruption from "./Interruption.ts"
import { observed } from "./Observed.ts"
import { harmless, json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import { parseDuration } from "./Units.ts"
import { forever } from "./work.ts"

const refuse = (problem: string) => new UsageError({ message: `Cannot serve: ${problem}` })

const portOf = (given: unknown): Effect.Effect<number, UsageError> => {
  const text = String(given ?? Limits.defaultHttpPort)
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Effect.succeed(Number(text))
    : Effect.fail(
        refuse(`--port must be a port from 0 (any that is free) to 65535, found ${JSON.stringify(given)}`),
      )
}

const streamMsOf = (given: unknown): Effect.Effect<number, UsageError> => {
  const us = given === undefined ? Limits.maxEventStreamMs * 1_000 : parseDuration(String(given))
  return us !== undefined && us >= 1_000_000
    ? Effect.succeed(us / 1_000)
    : Effect.fail(
        refuse(`--sse-max must be a time of at least 1s, such as 5m, found ${JSON.stringify(given)}`),
      )
}

/** An option goes before the environment. */
const rateOf = (
  option: string,
  given: unknown,
  variable: string,
  inEnvironment: string | undefined,
  unlessGiven: number,
): Effect.Effect<number, UsageError> =>
  Either.mapLeft(Rates.parse(given ?? inEnvironment, unlessGiven), (problem) =>
    refuse(`${given === undefined ? variable : option} ${problem}`),
  )

/** One that is drawn lasts as long as the server; beyond loopback it must be one that somebody chose. */
const tokenFor = (host: string, token: string | undefined): Effect.Effect<string, UsageError> => {
  if (token !== undefined) return Effect.succeed(token)
  return isLoopbackName(host)
    ? Effect.sync(() => randomBytes(18).toString("base64url"))
    : Effect.fail(
        refuse(`LIGHTCONE_TOKEN must be set to listen beyond loopback, found nothing, with --host ${host}`),
      )
}

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const host = String(options.host ?? "127.0.0.1")
    const port = yield* portOf(options.port)
    const eventStreamMs = yield* streamMsOf(options.sseMax)
    const { token: given, ...variables } = yield* environment
    const clientRate = yield* rateOf(
      "--client-rate",
      options.clientRate,
      "LIGHTCONE_CLIENT_RATE",
      variables.clientRate,
      Limits.clientRequestsPerSecond,
    )
    const totalRate = yield* rateOf(
      "--total-rate",
      options.totalRate,
      "LIGHTCONE_TOTAL_RATE",
      variables.totalRate,
      Limits.totalRequestsPerSecond,
    )
    const token = yield* tokenFor(host, given)
    const store = yield* Store.open("write", invocation)
    const { database, registry, where } = store
    const telemetry = yield* Observation
    const handler = yield* Effect.acquireRelease(
      Effect.map(StoreAccess.storeOf(database, registry), (opened) =>
        Handler.make({
          store: opened,
          eventStreamMs,
          token,
          loopback: isLoopbackName(host),
          clientRate,
          totalRate,
          telemetry,
        }),
      ),
      ({ dispose }) => Effect.promise(dispose),
    )
    const interruption = yield* Interruption.listen
    const { url } = yield* Server.listen(handler, host, port)
    const ours = given === undefined ? { token } : {}
    if (options.json === true) yield* json({ url, ...ours })
    else {
      yield* line(`serving ${where} at ${url}`)
      if (given === undefined) yield* line(`what writes must bring the token ${token}`)
    }
    if (!invocation.quiet) yield* note("Ctrl-C ends it")
    const pollMs = Limits.workPollMs
    // Beside an embedded store nobody else could carry out what is asked for here.
    const working = forever(
      { store, interruption, invocation },
      {
        pollMs,
        maxPollMs: pollMs,
        told: (carried) => {
          const why = carried.status === "failed" ? `: ${carried.failure}` : ""
          return line(harmless(`run ${carried.run} ${carried.status}${why}`))
        },
      },
    )
    const code = yield* options.work === false ? interruption.requested : working
    return interruption.code() ?? code
  }).pipe(Effect.scoped, observed(invocation))
