/** `project`: keeps the projections of all runs up to date until it is interrupted, or builds them anew. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as Interruption from "./Interruption.ts"
import { observed } from "./Observed.ts"
import { json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Projections from "./Projections.ts"
import * as Store from "./Store.ts"

const chosen = (registry: ReadonlyArray<Projection>, only: unknown) => {
  if (only === undefined) return Effect.succeed(registry)
  const found = registry.filter(({ name }) => name === only)
  return found.length > 0
    ? Effect.succeed(found)
    : Effect.fail(
        new UsageError({
          message: `Cannot project: --only must be one of ${registry.map(({ name }) => name).join(", ")}, found ${JSON.stringify(only)}`,
        }),
      )
}

const rebuild = (store: Store.Store, projections: ReadonlyArray<Projection>, asJson: boolean) =>
  Effect.gen(function* () {
    const shown = yield* store.projections.rebuild(projections)
    const failed = projections.filter(({ name }) => !shown.includes(name)).map(({ name }) => name)
    if (asJson) yield* json({ rebuilt: shown, failed })
    else for (const name of shown) yield* line(`rebuilt ${name}`)
    return failed.length > 0 ? 1 : 0
  })

const follow = (store: Store.Store, invocation: Invocation) =>
  Effect.gen(function* () {
    yield* store.projections.catchUpAll({ leasedToo: true })
    if (!invocation.quiet) yield* note("every run is up to date; following until interrupted")
    for (;;) {
      yield* Effect.sleep(Duration.millis(Limits.followPollMs))
      yield* store.projections.catchUpAll({ leasedToo: true })
    }
  })

const once = (store: Store.Store, asJson: boolean) =>
  Effect.gen(function* () {
    yield* store.projections.catchUpAll({ leasedToo: true })
    const lagging = yield* store.projections.lagging
    if (asJson) yield* json({ lagging })
    else if (lagging.length === 0) yield* line("every run is up to date")
    for (const lag of asJson ? [] : lagging) yield* line(Projections.asOf(lag))
    return lagging.some(({ leased }) => !leased) ? 1 : 0
  })

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const asJson = options.json === true
    if (options.only !== undefined && options.rebuild !== true)
      return yield* new UsageError({ message: "Cannot project: --only goes with --rebuild" })
    const interruption = yield* Interruption.listen
    const work = Effect.gen(function* () {
      const store = yield* Store.open("write", invocation)
      const projections = yield* chosen(store.registry, options.only)
      if (options.rebuild === true) return yield* rebuild(store, projections, asJson)
      if (options.once === true) return yield* once(store, asJson)
      return yield* follow(store, invocation)
    })
    return yield* Effect.raceFirst(interruption.requested, work)
  }).pipe(Effect.scoped, observed(invocation))
