/** How an effect becomes an answer: JSON of what it gives, or the problem that it meets. */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Problem from "./Problem.ts"
import { type Store, StoreAccess } from "./StoreAccess.ts"

type Failure = Error & { readonly _tag: string }

/** A part of a request that must be otherwise. */
export class InvalidField extends Data.TaggedError("InvalidField")<{
  readonly field: string
  readonly problem: string
}> {
  override get message() {
    return `Cannot answer: ${this.field} ${this.problem}`
  }
}

/** A connection that was lost while the instance slept is replaced by the next attempt. */
const again = { times: 1, while: (error: Failure) => error._tag === "StoreUnavailable" }

const told = (error: Failure): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const problem = Problem.of(error)
  const response = Effect.succeed(Problem.response(problem))
  return Problem.isInside(problem) ? Effect.zipRight(Effect.logWarning(error.message), response) : response
}

/** Of a reading that may be repeated. */
export const respond = <E extends Failure, R>(
  reading: (store: Store) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | StoreAccess> =>
  Effect.flatMap(StoreAccess, (access) => Effect.flatMap(access.store, reading)).pipe(
    Effect.retry(again as { times: 1; while: (error: unknown) => boolean }),
    Effect.catchAll((error) => told(error as Failure)),
  )

/** Of what changes something, and is not to be repeated. */
export const respondOnce = <E extends Failure, R>(
  changing: (store: Store) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | StoreAccess> =>
  Effect.flatMap(StoreAccess, (access) => Effect.flatMap(access.store, changing)).pipe(
    Effect.catchAll((error) => told(error as Failure)),
  )

export const json = <A, E extends Failure, R>(
  reading: (store: Store) => Effect.Effect<A, E, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | StoreAccess> =>
  respond((store) => Effect.map(reading(store), (value) => HttpServerResponse.unsafeJson(value)))

/** Of what needs no store, and is not to be repeated. */
export const storeless = <A, E extends Failure, R>(
  answering: Effect.Effect<A, E, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
  Effect.matchEffect(answering, {
    onSuccess: (value) => Effect.succeed(HttpServerResponse.unsafeJson(value)),
    onFailure: told,
  })
