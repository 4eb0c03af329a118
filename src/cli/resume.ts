/** `resume`: an interrupted run, from where its log ends to its verdict. JSON as `run`'s. */
import * as Effect from "effect/Effect"
import * as Laboratory from "../runtime/Laboratory.ts"
import { observed } from "./Observed.ts"
import { harmless, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import { type Carrying, carryOut, virtualProgress } from "./Recording.ts"
import * as RunOptions from "./RunOptions.ts"
import * as Store from "./Store.ts"

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const carriage = yield* RunOptions.carriage(options)
    const store = yield* Store.open("write", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const bar = ProgressBar.make("reading", "events", invocation)
    const carrying: Carrying = (given) =>
      Laboratory.resume({
        ...given,
        ...carriage,
        onWaiting: (owner, leasedForMs) =>
          invocation.quiet
            ? Effect.void
            : note(
                harmless(
                  `run ${run} is held by ${owner}; if its lease is not renewed it is free in ${Math.ceil(leasedForMs / 1_000)} s`,
                ),
              ),
        onRead: bar.show,
        onProgress: virtualProgress(invocation),
      })
    return yield* carryOut(run, carrying, store, options, invocation)
  }).pipe(Effect.scoped, observed(invocation))
