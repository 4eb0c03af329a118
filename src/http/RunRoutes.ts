/** What is asked of runs: the list, and what is said, proved and foretold of one. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as Compared from "../persistence/inquiry/Compared.ts"
import * as Judging from "../persistence/inquiry/Judging.ts"
import * as RunList from "../persistence/inquiry/RunList.ts"
import type * as RunCatalogue from "../persistence/RunCatalogue.ts"
import { json, respond } from "./Answering.ts"
import { api } from "./Api.ts"
import * as ReadableRun from "./ReadableRun.ts"
import * as RunReference from "./RunReference.ts"
import type { Store } from "./StoreAccess.ts"

const analysed = (store: Store, reference: string) =>
  ReadableRun.reading(store, reference, (run) => analyse(store.log, run))

type Listed = { readonly [Name in keyof RunCatalogue.Wanted]?: RunCatalogue.Wanted[Name] | undefined }

const nextPage = ({ status, limit }: Listed, after: number): string => {
  const query = new URLSearchParams({
    ...(status === undefined ? {} : { status }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
    after: String(after),
  })
  return `</runs?${query}>; rel="next"`
}

/** An array, as the command line has it; where the next page begins is told beside it. */
const list = ({ catalogue }: Store, wanted: Listed) =>
  Effect.map(
    catalogue.page({ ...wanted, limit: wanted.limit ?? Limits.maxRunsPerAnswer }),
    ({ runs, next }) =>
      HttpServerResponse.unsafeJson(RunList.toJson(runs), {
        headers: next === undefined ? {} : { link: nextPage(wanted, next) },
      }),
  )

export const layer = HttpApiBuilder.group(api, "runs", (handlers) =>
  handlers
    .handle("list", ({ urlParams }) => respond((store) => list(store, urlParams)))
    .handle("status", ({ path }) =>
      json((store) =>
        Effect.gen(function* () {
          const run = yield* RunReference.resolve(store, path.run)
          return RunList.toJson([yield* store.catalogue.row(run)])[0]
        }),
      ),
    )
    .handle("show", ({ path }) =>
      json((store) =>
        Effect.gen(function* () {
          const analysis = yield* analysed(store, path.run)
          const { failure } = yield* store.catalogue.row(analysis.run)
          const shown = Compared.show(analysis)
          return { ...shown, machines: [...shown.machines], failure }
        }),
      ),
    )
    .handle("verification", ({ path }) =>
      json((store) =>
        ReadableRun.reading(store, path.run, (run) =>
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
