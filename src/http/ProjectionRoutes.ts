/** The projections of a run: which there are, how far they have come, and their rows. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import * as ProjectionPage from "../persistence/projection/ProjectionPage.ts"
import { InvalidField, json } from "./Answering.ts"
import { api } from "./Api.ts"
import * as ProjectionCursor from "./ProjectionCursor.ts"
import * as RunReference from "./RunReference.ts"
import type { Store } from "./StoreAccess.ts"

class ProjectionUnknown extends Data.TaggedError("ProjectionUnknown")<{
  readonly found: string
  readonly names: ReadonlyArray<string>
}> {
  readonly field = "projection"
  override get message() {
    return `Cannot read the projection: it must be one of ${this.names.join(", ")}, found ${JSON.stringify(this.found.slice(0, 60))}`
  }
}

const named = ({ registry }: Store, name: string): Effect.Effect<Projection, ProjectionUnknown> => {
  const projection = registry.find((one) => one.name === name)
  return projection === undefined
    ? Effect.fail(new ProjectionUnknown({ found: name, names: registry.map((one) => one.name) }))
    : Effect.succeed(projection)
}

/** Brings a run up that nobody is writing, where this instance's role may; what it reads is as good as it is otherwise. */
const progressOf = (store: Store, run: string, name: string) =>
  Effect.gen(function* () {
    const progress = yield* ProjectionPage.progress(store.db, run, name)
    if (progress.position >= progress.head || progress.leased) return progress
    yield* Effect.ignore(Effect.zipRight(store.projections.prepare, store.projections.catchUp(run)))
    return yield* ProjectionPage.progress(store.db, run, name)
  })

const cursorOf = (
  text: string | undefined,
  projection: Projection,
): Effect.Effect<ProjectionPage.Cursor | undefined, InvalidField> => {
  const cursor = text === undefined ? undefined : ProjectionCursor.read(text, projection)
  return text === undefined || cursor !== undefined
    ? Effect.succeed(cursor)
    : Effect.fail(
        new InvalidField({
          field: "after",
          problem: "must be the `next` of a page before it, found another text",
        }),
      )
}

export const layer = HttpApiBuilder.group(api, "projections", (handlers) =>
  handlers
    .handle("tables", ({ path }) =>
      json((store) =>
        Effect.gen(function* () {
          const run = yield* RunReference.resolve(store, path.run)
          const projections = yield* Effect.forEach(store.registry, ({ name, version, table }) =>
            Effect.map(ProjectionPage.progress(store.db, run, name), ({ position, head }) => ({
              projection: name,
              version,
              columns: table.columns,
              asOf: { position, head },
            })),
          )
          return { run, projections }
        }),
      ),
    )
    .handle("rows", ({ path, urlParams }) =>
      json((store) =>
        Effect.gen(function* () {
          const projection = yield* named(store, path.projection)
          const after = yield* cursorOf(urlParams.after, projection)
          const run = yield* RunReference.resolve(store, path.run)
          const progress = yield* progressOf(store, run, projection.name)
          const { position, head } = progress
          const limit = urlParams.limit ?? Limits.defaultEventsPerAnswer
          const { rows, next } = yield* ProjectionPage.read(store.db, run, projection, progress, {
            after,
            limit,
          })
          return {
            run,
            projection: projection.name,
            asOf: { position, head },
            rows,
            next: ProjectionCursor.write(next),
          }
        }),
      ),
    ),
)
