/** `migrate`: the schema brought up to date, or what that would take. */
import * as Effect from "effect/Effect"
import * as Migrator from "../persistence/Migrator.ts"
import * as Generations from "../persistence/projection/Generations.ts"
import * as Query from "../persistence/Query.ts"
import { json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Projections from "./Projections.ts"
import * as Store from "./Store.ts"

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const check = options.check === true
    const { database, where } = yield* Store.connectDirect(check ? "read" : "write", invocation)
    const pending = yield* Migrator.pending(database.db)
    const names = pending.map(({ name }) => name)
    if (!check) {
      yield* Migrator.migrate(database.db)
      const registry = yield* Projections.registry
      yield* Query.run("make the projections' tables", () => Generations.ensure(database.db, registry))
    }
    if (options.json === true) yield* json({ [check ? "pending" : "applied"]: names })
    else if (names.length === 0) yield* line(`the schema in ${where} is up to date`)
    else yield* line(`${check ? "to apply" : "applied"}: ${names.join(", ")}`)
    return check && names.length > 0 ? 1 : 0
  }).pipe(Effect.scoped)
