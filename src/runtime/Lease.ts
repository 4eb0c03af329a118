/** The right to write a run, as the one who has it keeps it and as others wait for its end. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  type EventLogShape,
  type Ownership,
  RunHeld,
  type RunUnknown,
  type StoreUnavailable,
} from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"

/** What was taken is given up with the scope, so that the next owner need not wait for the lease to run out. */
export const owned = <O extends Ownership, E>(
  log: Pick<EventLogShape, "release">,
  take: Effect.Effect<O, E>,
): Effect.Effect<O, E, Scope.Scope> =>
  Effect.acquireRelease(take, (ownership) => Effect.ignore(log.release(ownership)))

/** Renews the lease for as long as it runs; never succeeds. */
export const kept = <E>(renewal: Effect.Effect<void, E>): Effect.Effect<never, E> =>
  renewal.pipe(Effect.delay(Duration.millis(Limits.leaseRenewalMs)), Effect.forever)

/**
 * Succeeds when nobody's lease on the run stands. One that is renewed meanwhile, or given to another, is somebody
 * who lives.
 */
export const outwait = (
  log: Pick<EventLogShape, "head">,
  run: string,
  onWaiting: (owner: string, leasedForMs: number) => Effect.Effect<void> = () => Effect.void,
): Effect.Effect<void, RunHeld | RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const first = yield* log.head(run)
    if (first.leasedForMs === 0) return
    yield* onWaiting(first.owner ?? "somebody", first.leasedForMs)
    let leftMs = first.leasedForMs
    while (true) {
      yield* Effect.sleep(Duration.millis(Math.min(leftMs, Limits.leasePollMs)))
      const { leasedForMs, owner, epoch } = yield* log.head(run)
      if (leasedForMs === 0) return
      if (leasedForMs > leftMs || epoch !== first.epoch)
        return yield* new RunHeld({ run, owner: owner ?? "somebody" })
      leftMs = leasedForMs
    }
  })
