/** `run`: a run from its options to its verdict. */
import * as Effect from "effect/Effect"
import { UsageError } from "../domain/UsageError.ts"
import { observed } from "./Observed.ts"
import type { Invocation } from "./Program.ts"
import * as RunOptions from "./RunOptions.ts"

/** Nothing heavy is loaded before the options are known to be good; the engine, while the store opens. */
export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const config = yield* RunOptions.decode(options)
    if (options.store === false) {
      if (config.mode !== "virtual")
        return yield* new UsageError({
          message:
            "Cannot run: --no-store must go with --virtual, as a real run's messages leave once they are stored",
        })
      const { carryOutUnstored } = yield* Effect.promise(() => import("./Unstored.ts"))
      return yield* carryOutUnstored(config, options, invocation)
    }
    const carriage = yield* RunOptions.carriage(options)
    const Store = yield* Effect.promise(() => import("./Store.ts"))
    const [store, { carryOutNew }] = yield* Effect.all(
      [Store.open("write", invocation), Effect.promise(() => import("./Recording.ts"))],
      { concurrency: "unbounded" },
    )
    return yield* carryOutNew(config, carriage, store, options, invocation)
  }).pipe(Effect.scoped, observed(invocation))
