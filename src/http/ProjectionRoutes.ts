/** The projections of a run: which there are, how far they have come, and their rows. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import * as ProjectionPage from "../persistence/projection/ProjectionPage.ts"
import { InvalidField, json } from "./Answering.ts"
import { api } from "./Api.ts"
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

const writeCursor = (cursor: ProjectionPage.Cursor | undefined): string | null =>
  cursor === undefined ? null : Buffer.from(JSON.stringify(cursor)).toString("base64url")

const isCursor = (value: unknown, projection: Projection): value is ProjectionPage.Cursor => {
  const { key, columns } = projection.table
  if (!Array.isArray(value) || value.length !== ProjectionPage.cursorLength(projection)) return false
  return value.every((one, i) => {
    const type = key === undefined ? "integer" : columns[key[i]!]
    return type === "text" || type === "timestamptz"
      ? typeof one === "string" && !one.includes("\0")
      : Number.isSafeInteger(one) && Math.abs(one) <= 2_147_483_647
  })
}

const readCursor = (
  text: string | undefined,
  projection: Projection,
): Effect.Effect<ProjectionPage.Cursor | undefined, InvalidField> =>
  Effect.suspend(() => {
    if (text === undefined) return Effect.succeed(undefined)
    const wrong = new InvalidField({
      field: "after",
      problem: "must be the `next` of a page before it, found another text",
    })
    try {
      const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
      return isCursor(value, projection) ? Effect.succeed(value) : Effect.fail(wrong)
    } catch {
      return Effect.fail(wrong)
    }
  })

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
          const after = yield* readCursor(urlParams.after, projection)
          const run = yield* RunReference.resolve(store, path.run)
          const progress = yield* progressOf(store, run, projection.name)
          const { position, head } = progress
          const limit = urlParams.limit ?? Limits.defaultEventsPerAnswer
          const { rows, next } = yield* ProjectionPage.read(store.db, run, projection, progress, {
            after,
            limit,
          })
          return { run, projection: projection.name, asOf: { position, head }, rows, next: writeCursor(next) }
        }),
      ),
    ),
)
