/** `verify`: what the record of a run proves. */
import * as Effect from "effect/Effect"
import * as Judging from "../persistence/inquiry/Judging.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as Store from "./Store.ts"
import * as Summary from "./Summary.ts"

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const verdict = yield* Judging.judge(store.database.db, run, (doing, head) => {
      const bar = ProgressBar.make(doing, "events", invocation)
      return (position) => bar.show(position, head)
    })
    if (options.json === true) yield* json(Judging.toJson(run, verdict))
    else
      for (const text of [
        ...Summary.verdictLines(verdict),
        "",
        `run ${run}: ${Summary.verdictLine(verdict)}`,
      ])
        yield* line(harmless(text))
    return verdict.verified === false ? 1 : 0
  }).pipe(Effect.scoped)
