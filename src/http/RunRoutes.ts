/** What is asked of runs: the list, and what is said, proved and foretold of one. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as Compared from "../persistence/inquiry/Compared.ts"
import * as Judging from "../persistence/inquiry/Judging.ts"
import * as RunList from "../persistence/inquiry/RunList.ts"
import * as RequestQueue from "../persistence/RequestQueue.ts"
import { json } from "./Answering.ts"
import { api } from "./Api.ts"
import * as ReadableRun from "./ReadableRun.ts"
import type { Store } from "./StoreAccess.ts"

const analysed = (store: Store, reference: string) =>
  Effect.flatMap(ReadableRun.resolve(store, reference), (run) => analyse(store.log, run))

export const layer = HttpApiBuilder.group(api, "runs", (handlers) =>
  handlers
    .handle("list", () => json(({ catalogue }) => Effect.map(catalogue.list, RunList.toJson)))
    .handle("show", ({ path }) =>
      json((store) =>
        Effect.gen(function* () {
          const analysis = yield* analysed(store, path.run)
          const failure = yield* RequestQueue.failureOf(store.db, analysis.run)
          const shown = Compared.show(analysis)
          return { ...shown, machines: [...shown.machines], failure: failure ?? null }
        }),
      ),
    )
    .handle("verification", ({ path }) =>
      json((store) =>
        Effect.flatMap(ReadableRun.resolve(store, path.run), (run) =>
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
