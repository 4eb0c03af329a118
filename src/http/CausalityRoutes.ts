/** What set a clock, and what happened before what. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import * as Explaining from "../persistence/inquiry/Explaining.ts"
import * as MachineNames from "../persistence/inquiry/MachineNames.ts"
import * as NamedEvent from "../persistence/inquiry/NamedEvent.ts"
import { ofRun } from "../persistence/inquiry/RecordContradicts.ts"
import * as Relating from "../persistence/inquiry/Relating.ts"
import { json } from "./Answering.ts"
import { api } from "./Api.ts"

export const layer = HttpApiBuilder.group(api, "causality", (handlers) =>
  handlers
    .handle("why", ({ path }) =>
      json(({ catalogue, db }) =>
        Effect.gen(function* () {
          const wanted = yield* NamedEvent.parse("explain an event", `${path.machine}/${path.version}`)
          const run = yield* catalogue.resolve(path.run)
          const { imported, names } = yield* MachineNames.described(db, run)
          const explained = yield* Effect.catchTag(
            Explaining.explain(db, run, wanted, imported),
            "RecordContradicts",
            ofRun(imported !== undefined),
          )
          return Explaining.toJson(run, explained, names)
        }),
      ),
    )
    .handle("relate", ({ path, urlParams: { a, b } }) =>
      json(({ catalogue, db, log }) =>
        Effect.gen(function* () {
          const addresses = yield* Relating.decode([a, b].filter((word) => word !== undefined))
          const run = yield* catalogue.resolve(path.run)
          return Relating.toJson(run, yield* Relating.ask({ db, log, run }, addresses))
        }),
      ),
    ),
)
