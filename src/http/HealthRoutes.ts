/** Whether an instance lives, and whether it can answer. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import * as Migrator from "../persistence/Migrator.ts"
import { json } from "./Answering.ts"
import { api } from "./Api.ts"

export const layer = HttpApiBuilder.group(api, "health", (handlers) =>
  handlers
    .handle("health", () => Effect.succeed({ alive: true }))
    .handle("ready", () =>
      json(({ db }) =>
        Effect.flatMap(Migrator.pending(db), (pending) =>
          pending.length === 0
            ? Effect.succeed({
                ready: true,
                schema: Migrator.migrations[Migrator.migrations.length - 1]!.name,
              })
            : Effect.fail(new Migrator.SchemaMissing({ pending: pending.map(({ name }) => name) })),
        ),
      ),
    ),
)
