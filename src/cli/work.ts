/**
 * `work`: carries out the runs that were requested. JSON, a line a run: `{run, status, events, digest, verified}`, and
 * `failure` where it was not carried out. Exit code 1 if one of them was not, or is not verified.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as Interruption from "./Interruption.ts"
import { observed } from "./Observed.ts"
import { harmless, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import * as Summary from "./Summary.ts"
import { parseDuration } from "./Units.ts"
import * as Worker from "./Worker.ts"

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

interface Judged {
  readonly events: number
  readonly digest: string | null
  readonly verified: boolean | null
  readonly said: string
}

/** A worker that was told to end does not read a long log first: whoever goes on with the run will. */
const judge = ({ store: { log } }: Worker.Workplace, { run, status }: Worker.Carried) =>
  Effect.gen(function* () {
    if (status === "interrupted") {
      const { position } = yield* log.head(run)
      return { events: position, digest: null, verified: null, said: "to be gone on with" } satisfies Judged
    }
    const { statistics, digest, verdict } = yield* analyse(log, run)
    const { events } = statistics
    return { events, digest, verified: verdict.verified, said: Summary.verdictLine(verdict) } satisfies Judged
  })

/** What came of a run, printed; whether all is well with it. */
const tell = (place: Worker.Workplace, carried: Worker.Carried, asJson: boolean) =>
  Effect.gen(function* () {
    const { run, status } = carried
    const { said, ...judged }: Judged = yield* judge(place, carried)
    const { events, digest, verified } = judged
    const failure = carried.status === "failed" ? carried.failure : undefined
    const shown = digest === null ? "" : `, digest ${digest}`
    yield* line(
      asJson
        ? JSON.stringify({ run, status, ...judged, failure })
        : harmless(`run ${run} ${status}, ${events} events${shown}: ${failure ?? said}`),
    )
    return failure === undefined && verified !== false
  }).pipe(
    // Deleted since.
    Effect.catchTag("RunUnknown", () => Effect.succeed(true)),
  )

/** What waits now; the exit code. */
const once = (place: Worker.Workplace, asJson: boolean) =>
  Effect.gen(function* () {
    const ill = new Set<string>()
    while (place.interruption.code() === undefined) {
      const carried = yield* Worker.next(place)
      if (carried === "idle") break
      if (carried === undefined) continue
      if (yield* tell(place, carried, asJson)) ill.delete(carried.run)
      else ill.add(carried.run)
    }
    return place.interruption.code() ?? (ill.size === 0 ? 0 : 1)
  })

interface Working<E> {
  /** The first pause while there is nothing, and the longest. */
  readonly pollMs: number
  readonly maxPollMs: number
  readonly told: (carried: Worker.Carried) => Effect.Effect<unknown, E>
}

/** Whether there was anything to carry out. A store that is away is waited for as if nothing waited in it. */
const turn = <E>(place: Worker.Workplace, told: Working<E>["told"]) =>
  Effect.gen(function* () {
    const carried = yield* Worker.next(place)
    if (carried === "idle") return false
    if (carried !== undefined) yield* told(carried)
    return true
  }).pipe(
    Effect.catchIf(
      (error) => error instanceof StoreUnavailable,
      ({ message }) => Effect.as(note(harmless(`${message}; trying again`)), false),
    ),
  )

/** Until it is interrupted; the exit code. */
export const forever = <E>(place: Worker.Workplace, { pollMs, maxPollMs, told }: Working<E>) =>
  Effect.gen(function* () {
    const { interruption } = place
    for (let pauseMs = pollMs; ; ) {
      const code = interruption.code()
      if (code !== undefined) return code
      if (yield* turn(place, told)) {
        pauseMs = pollMs
        continue
      }
      yield* Effect.raceFirst(Effect.sleep(Duration.millis(pauseMs)), Effect.asVoid(interruption.requested))
      pauseMs = Math.min(2 * pauseMs, maxPollMs)
    }
  })

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const pollMs = yield* pollOf(options.poll)
    const asJson = options.json === true
    const store = yield* Store.open("write", invocation)
    const interruption = yield* Interruption.listen
    const place: Worker.Workplace = { store, interruption, invocation }
    if (options.once === true) return yield* once(place, asJson)
    if (!invocation.quiet) yield* note("waiting for requested runs; Ctrl-C ends it")
    return yield* forever(place, {
      pollMs,
      maxPollMs: Math.max(pollMs, Limits.maxWorkPollMs),
      told: (carried) => tell(place, carried, asJson),
    })
  }).pipe(Effect.scoped, observed(invocation))
