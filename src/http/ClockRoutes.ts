/** Every clock over the events of a run, as the command line compares them unless told otherwise. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import * as Comparison from "../domain/clocks/Comparison.ts"
import { registry } from "../domain/clocks/Registered.ts"
import * as ClockComparing from "../persistence/inquiry/ClockComparing.ts"
import { json } from "./Answering.ts"
import { api } from "./Api.ts"
import * as ReadableRun from "./ReadableRun.ts"

export const layer = HttpApiBuilder.group(api, "clocks", (handlers) =>
  handlers.handle("clocks", ({ path }) =>
    json((store) =>
      ReadableRun.reading(store, path.run, (run) =>
        Effect.map(
          ClockComparing.compare({ log: store.log, run, clocks: registry, ...Comparison.defaults }),
          ClockComparing.toJson,
        ),
      ),
    ),
  ),
)
