/** `run`: a run from its options to its verdict. */
import * as Effect from "effect/Effect"
import type { Invocation } from "./Program.ts"
import * as RunOptions from "./RunOptions.ts"

/** Engine and store are loaded once the options are known to be good. */
export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const config = yield* RunOptions.decode(options)
    const { carryOut } = yield* Effect.promise(() => import("./Recording.ts"))
    return yield* carryOut(config, options, invocation)
  })
