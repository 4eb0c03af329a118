/**
 * The projections that the working directory adds, by a `lightcone.config.ts` that names them. It is loaded with
 * jiti, because the Node versions we run on do not all strip types, and the installed command has no other loader.
 */
import { existsSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Declaration from "../domain/projections/Declaration.ts"
import type { Projection } from "../domain/projections/Projection.ts"
import { UsageError } from "../domain/UsageError.ts"

const names = ["lightcone.config.ts", "lightcone.config.mts", "lightcone.config.js", "lightcone.config.mjs"]

const shown = (file: string): string => {
  const near = relative(process.cwd(), file)
  return near.startsWith("..") ? file : near
}

const lineOf = (file: string, text: string): number => {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : []
  return lines.findIndex((line) => line.includes(text)) + 1
}

interface Place {
  readonly file: string
  readonly line: number
}

const place = ({ file, line }: Place): string => `${shown(file)}${line > 0 ? `:${line}` : ""}`

/** The first place in a failure's text that is the user's: a file outside of packages and of Node itself. */
const placeIn = (text: string): Place | undefined => {
  for (const match of text.matchAll(/((?:[A-Za-z]:[\\/]|\/)[^():\n]*?\.[cm]?[jt]sx?):(\d+)/g))
    if (!match[1]!.includes("node_modules")) return { file: match[1]!, line: Number(match[2]) }
  return undefined
}

const missing = (error: Error): Place | undefined => {
  const specifier = /Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1]
  const from = /(?:Require stack:\n- |imported from )([^\n]+)/.exec(error.message)?.[1]
  if (specifier === undefined || from === undefined) return undefined
  const file = from.startsWith("file:") ? fileURLToPath(from.trim()) : from.trim()
  return { file, line: lineOf(file, specifier) }
}

const refused = (at: Place, reason: string): UsageError =>
  new UsageError({ message: `Cannot use ${place(at)}: ${reason}` })

const failure = (file: string, cause: unknown): UsageError => {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const at = missing(error) ?? placeIn(error.message) ?? placeIn(error.stack ?? "") ?? { file, line: 0 }
  const [first] = error.message.split("\n")
  return refused(at, first!.trim())
}

const load = (file: string): Effect.Effect<unknown, UsageError> =>
  Effect.tryPromise({
    try: async () => {
      const { createJiti } = await import("jiti")
      // Nothing is left behind in the directory, or anywhere else.
      return createJiti(pathToFileURL(file).href, { fsCache: false }).import(file, { default: true })
    },
    catch: (cause) => failure(file, cause),
  })

const definedAt = Symbol.for("lightcone/definedAt")

/** Where a projection was defined, as its stack of then says; otherwise where the configuration lists them. */
const placeOf = (projection: unknown, file: string): Place => {
  const stack = (projection as { readonly [definedAt]?: string } | null | undefined)?.[definedAt]
  return placeIn(stack ?? "") ?? { file, line: lineOf(file, "projections") }
}

const decode = (
  config: unknown,
  file: string,
  ours: ReadonlyArray<Projection>,
): Effect.Effect<ReadonlyArray<Projection>, UsageError> =>
  Effect.gen(function* () {
    const projections = (config as { projections?: unknown } | null | undefined)?.projections ?? []
    const whole = { file, line: lineOf(file, "projections") }
    if (typeof config !== "object" || config === null)
      return yield* refused(whole, `its default export must be a configuration, found ${String(config)}`)
    if (!Array.isArray(projections))
      return yield* refused(whole, `projections must be a list, found ${String(projections)}`)
    const known = new Set(ours.map(({ name }) => name))
    for (const projection of projections) {
      const problem = Declaration.problem(projection)
      if (problem !== undefined) return yield* refused(placeOf(projection, file), problem)
      const { name } = projection as Projection
      if (known.has(name))
        return yield* refused(
          placeOf(projection, file),
          `a projection's name must be its own, found ${name} a second time`,
        )
      known.add(name)
    }
    return projections as ReadonlyArray<Projection>
  })

/** Ours, then those that are added here. */
export const added = (
  ours: ReadonlyArray<Projection>,
): Effect.Effect<ReadonlyArray<Projection>, UsageError> =>
  Effect.suspend(() => {
    const file = names.map((name) => join(process.cwd(), name)).find(existsSync)
    if (file === undefined) return Effect.succeed(ours)
    return Effect.flatMap(load(file), (config) =>
      Effect.map(decode(config, file, ours), (theirs) => [...ours, ...theirs]),
    )
  })
