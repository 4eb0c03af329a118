/** What is asked of runs: the list, and what is said, proved and foretold of one. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as Compared from "../persistence/inquiry/Compared.ts"
import * as Judging from "../persistence/inquiry/Judging.ts"
import * as RunList from "../persistence/inquiry/RunList.ts"
import { json } from "./Answering.ts"
import { api } from "./Api.ts"
import type { Store } from "./StoreAccess.ts"

class TooManyEvents extends Data.TaggedError("TooManyEvents")<{
  readonly run: string
  readonly events: number
}> {
  override get message() {
    return `Cannot read run ${this.run} in one request: it must have at most ${Limits.maxEventsReadPerRequest} events, found ${this.events}; the command line reads any`
  }
}

/** The run that a reference means, where its whole log may be read for one request. */
const readable = (store: Store, reference: string) =>
  Effect.gen(function* () {
    const run = yield* store.catalogue.resolve(reference)
    const { position: events } = yield* store.log.head(run)
    if (events > Limits.maxEventsReadPerRequest) return yield* new TooManyEvents({ run, events })
    return run
  })

const analysed = (store: Store, reference: string) =>
  Effect.flatMap(readable(store, reference), (run) => analyse(store.log, run))

export const layer = HttpApiBuilder.group(api, "runs", (handlers) =>
  handlers
    .handle("list", () => json(({ catalogue }) => Effect.map(catalogue.list, RunList.toJson)))
    .handle("show", ({ path }) =>
      json((store) =>
        Effect.map(analysed(store, path.run), (analysis) => {
          const shown = Compared.show(analysis)
          return { ...shown, machines: [...shown.machines] }
        }),
      ),
    )
    .handle("verification", ({ path }) =>
      json((store) =>
        Effect.flatMap(readable(store, path.run), (run) =>
          Effect.map(Judging.judge(store.db, run), (verdict) => Judging.toJson(run, verdict)),
        ),
      ),
    )
    .handle("prediction", ({ path }) =>
      json((store) =>
        Effect.map(analysed(store, path.run), (analysis) => {
          const { run, prediction } = Compared.show(analysis)
          return { run, prediction }
        }),
      ),
    ),
)
