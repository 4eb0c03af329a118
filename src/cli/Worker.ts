/**
 * One requested run after another, each carried out as `run` would, or gone on with where its worker died. The run's
 * lease makes it carried out once: of several workers one has it, and when that one dies the next resumes the run where
 * its log ends. What fails for the run's own reasons is told of the run, and the worker goes on with the next; what is
 * the store's is for the caller.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import * as RequestQueue from "../persistence/RequestQueue.ts"
import * as RunRequests from "../persistence/RunRequests.ts"
import * as Laboratory from "../runtime/Laboratory.ts"
import type * as Interruption from "./Interruption.ts"
import { note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { type Carrying, owner, record } from "./Recording.ts"
import type * as Store from "./Store.ts"

export interface Workplace {
  readonly store: Store.Store
  readonly interruption: Interruption.Interruption
  readonly invocation: Invocation
}

/** What became of an attempt. */
export type Carried =
  | { readonly run: string; readonly status: "finished" | "stopped" | "interrupted" }
  | { readonly run: string; readonly status: "failed"; readonly failure: string }

/** Succeeds once somebody has asked that the run be stopped. */
const stopAsked = (store: Store.Store, run: string): Effect.Effect<void> =>
  RunRequests.isStopAsked(store.database.db, run).pipe(
    Effect.orElseSucceed(() => false),
    Effect.flatMap((asked) =>
      asked
        ? Effect.void
        : Effect.zipRight(
            Effect.sleep(Duration.millis(Limits.stopPollMs)),
            Effect.suspend(() => stopAsked(store, run)),
          ),
    ),
  )

/** From its beginning, or from where whoever had it left it. */
const carryOut = ({ store, interruption }: Workplace, run: string) =>
  Effect.gen(function* () {
    const { db } = store.database
    const stopped = yield* Deferred.make<void>()
    yield* Effect.forkScoped(
      Effect.flatMap(stopAsked(store, run), () => Deferred.succeed(stopped, undefined)),
    )
    const carrying: Carrying = (options) =>
      Laboratory.resume({
        ...options,
        stopRequested: Effect.raceFirst(options.stopRequested, Deferred.await(stopped)),
      })
    const { code } = yield* record(run, carrying, store, interruption)
    if (code === 0) {
      yield* RequestQueue.close(db, run)
      return { run, status: "finished" } as const
    }
    yield* RequestQueue.putBack(db, run)
    return { run, status: (yield* Deferred.isDone(stopped)) ? "stopped" : "interrupted" } as const
  }).pipe(Effect.scoped)

/** Undefined where nothing was left for us: somebody else has it, has finished it, or has deleted it. */
const attempt = (place: Workplace, run: string) => {
  const { db } = place.store.database
  const failed = (failure: string, isHopeless = false) =>
    Effect.as(RequestQueue.fail(db, run, failure, isHopeless), { run, status: "failed", failure } as const)
  return carryOut(place, run).pipe(
    Effect.catchTags({
      RunHeld: () => Effect.as(RequestQueue.putBack(db, run), undefined),
      RunUnknown: () => Effect.succeed(undefined),
      Fenced: () => Effect.succeed(undefined),
      NotResumable: ({ reason, message }) =>
        reason === "finished" ? Effect.as(RequestQueue.close(db, run), undefined) : failed(message, true),
      PortsExhausted: ({ message }) => failed(message),
    }),
    Effect.tapError(({ message }) => Effect.ignore(RequestQueue.fail(db, run, message))),
    Effect.tapDefect((defect) =>
      Effect.ignore(RequestQueue.fail(db, run, `a defect: ${Cause.pretty(defect).split("\n")[0]}`)),
    ),
  )
}

/** Carries out the run whose turn it is; "idle" if there is none. */
export const next = (place: Workplace) =>
  Effect.gen(function* () {
    const run = yield* RequestQueue.take(place.store.database.db, owner())
    if (run === undefined) return "idle" as const
    if (!place.invocation.quiet) yield* note(`carrying out run ${run}`)
    return yield* attempt(place, run)
  })
