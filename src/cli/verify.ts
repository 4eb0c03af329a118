/** `verify`: what the record of a run proves. */
import * as Effect from "effect/Effect"
import { analyse } from "./Analysis.ts"
import { json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import * as Summary from "./Summary.ts"

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const { verdict } = yield* analyse(store.log, run)
    if (options.json === true)
      yield* json({
        run,
        verified: verdict.verified,
        upTo: verdict.upTo,
        finished: verdict.finished,
        checks: verdict.checks,
        counts: verdict.counts,
      })
    else
      for (const text of [
        ...Summary.verdictLines(verdict),
        "",
        `run ${run}: ${Summary.verdictLine(verdict)}`,
      ])
        yield* line(text)
    return verdict.verified === false ? 1 : 0
  }).pipe(Effect.scoped)
