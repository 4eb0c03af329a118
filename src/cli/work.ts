/**
 * `work`: carries out the runs that were requested, one after the other. The run's lease makes it carried out once: of
 * several workers one has it, and when that one dies the next resumes the run where its log ends.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as RunRequests from "../persistence/RunRequests.ts"
import * as Laboratory from "../runtime/Laboratory.ts"
import * as Interruption from "./Interruption.ts"
import { observed } from "./Observed.ts"
import { harmless, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { type Carrying, record } from "./Recording.ts"
import * as Store from "./Store.ts"
import { parseDuration } from "./Units.ts"

type Ended = "finished" | "stopped" | "interrupted" | "taken" | "failed"

const pollOf = (given: unknown): Effect.Effect<number, UsageError> => {
  const us = given === undefined ? Limits.workPollMs * 1_000 : parseDuration(String(given))
  return us !== undefined && us >= 10_000
    ? Effect.succeed(us / 1_000)
    : Effect.fail(
        new UsageError({
          message: `Cannot work: --poll must be a time of at least 10ms, such as 1s, found ${JSON.stringify(given)}`,
        }),
      )
}

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

/** Carries one run out, from its beginning or from where whoever had it left it. */
const carryOut = (store: Store.Store, run: string, interruption: Interruption.Interruption) =>
  Effect.gen(function* () {
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
      yield* RunRequests.close(store.database.db, run)
      return "finished" as const
    }
    return (yield* Deferred.isDone(stopped)) ? ("stopped" as const) : ("interrupted" as const)
  }).pipe(
    Effect.scoped,
    // Somebody else has it, has finished it, or has deleted it: nothing is left for us.
    Effect.catchTags({
      RunHeld: () => Effect.succeed("taken" as const),
      RunUnknown: () => Effect.succeed("taken" as const),
      Fenced: () => Effect.succeed("taken" as const),
      NotResumable: () => Effect.as(RunRequests.close(store.database.db, run), "taken" as const),
    }),
  )

const told = (run: string, status: Ended, json: boolean) =>
  status === "taken" ? Effect.void : line(json ? JSON.stringify({ run, status }) : `run ${run} ${status}`)

/** What could not be carried out is said, and left alone for a while. */
const attempt = (store: Store.Store, run: string, interruption: Interruption.Interruption) =>
  Effect.catchTag(carryOut(store, run, interruption), "PortsExhausted", (error) =>
    Effect.as(note(harmless(`run ${run}: ${error.message}`)), "failed" as const),
  )

interface Working {
  readonly once: boolean
  readonly json: boolean
  /** The first pause while there is nothing, and the longest. */
  readonly pollMs: number
  readonly maxPollMs: number
}

/** Until it is interrupted; the exit code. */
export const work = (
  store: Store.Store,
  interruption: Interruption.Interruption,
  { once, json, pollMs, maxPollMs }: Working,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const notBefore = new Map<string, number>()
    const isDue = (run: string): boolean => (notBefore.get(run) ?? 0) <= performance.now()
    let pauseMs = pollMs
    while (interruption.code() === undefined) {
      const waiting = yield* RunRequests.waiting(
        store.database.db,
        Limits.waitingRunsPerLook + notBefore.size,
      )
      const run = waiting.find(isDue)
      if (run === undefined) {
        if (once) return 0
        yield* Effect.raceFirst(Effect.sleep(Duration.millis(pauseMs)), Effect.asVoid(interruption.requested))
        pauseMs = Math.min(2 * pauseMs, maxPollMs)
        continue
      }
      pauseMs = pollMs
      if (!invocation.quiet) yield* note(`carrying out run ${run}`)
      const status: Ended = yield* attempt(store, run, interruption)
      if (status === "taken" || status === "failed")
        notBefore.set(run, performance.now() + (status === "failed" ? Limits.workRetryMs : pollMs))
      else notBefore.delete(run)
      yield* told(run, status, json)
    }
    return interruption.code() ?? 0
  })

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const pollMs = yield* pollOf(options.poll)
    const store = yield* Store.open("write", invocation)
    const interruption = yield* Interruption.listen
    const once = options.once === true
    if (!invocation.quiet && !once) yield* note("waiting for requested runs; Ctrl-C ends it")
    const maxPollMs = Math.max(pollMs, Limits.maxWorkPollMs)
    return yield* work(
      store,
      interruption,
      { once, json: options.json === true, pollMs, maxPollMs },
      invocation,
    )
  }).pipe(Effect.scoped, observed(invocation))
