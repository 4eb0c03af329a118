/**
 * The end of a command whose store was lost for good while it worked: the recorder and others would go on asking
 * a store that cannot come back. Whoever opens such a store tells it here, and the command ends with that.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { EmbeddedFailed } from "../persistence/embedded/EmbeddedFailed.ts"

class StoreLoss extends Context.Tag("lightcone/StoreLoss")<
  StoreLoss,
  Deferred.Deferred<never, EmbeddedFailed>
>() {}

/** Ends with the loss of a store that is told within. */
export const ended = <A, E>(command: Effect.Effect<A, E>): Effect.Effect<A, E | EmbeddedFailed> =>
  Effect.flatMap(Deferred.make<never, EmbeddedFailed>(), (loss) =>
    Effect.raceFirst(Effect.provideService(command, StoreLoss, loss), Deferred.await(loss)),
  )

/** Tells the command around it, if any, of a loss; for as long as the store is open. */
export const tell = (lost: Effect.Effect<never, EmbeddedFailed>): Effect.Effect<void, never, Scope.Scope> =>
  Effect.flatMap(
    Effect.serviceOption(StoreLoss),
    Option.match({
      onNone: () => Effect.void,
      onSome: (loss) =>
        Effect.asVoid(Effect.forkScoped(Effect.catchAll(lost, (failure) => Deferred.fail(loss, failure)))),
    }),
  )
