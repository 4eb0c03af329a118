/** `rm`: deletes runs with all that derives from them. Every name is checked before any run is deleted. */
import * as Effect from "effect/Effect"
import { json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"

export const command = (
  references: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const store = yield* Store.open("write", invocation)
    const resolved = yield* Effect.forEach(references, store.catalogue.resolve)
    const runs = [...new Set(resolved)]
    for (const run of runs) {
      yield* store.catalogue.remove(run)
      if (options.json !== true) yield* line(`deleted ${run}`)
    }
    if (options.json === true) yield* json(runs.map((run) => ({ run, deleted: true })))
    return 0
  }).pipe(Effect.scoped)
