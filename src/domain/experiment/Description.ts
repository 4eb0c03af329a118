/**
 * An experiment as people describe it: settings of a run, each of them repeated. docs/EXPERIMENTS.md shows it by
 * example.
 *
 * `base` holds for every run. `settings` lists settings by hand, `grid` gives values whose combinations are all
 * tried; where both are there, each setting is combined with the whole grid. `sweep` gives the values along which what
 * is measured is drawn as a curve, one for each of those.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Duration from "../Duration.ts"
import * as LatencyWords from "../LatencyWords.ts"
import * as Limits from "../Limits.ts"
import { mustBe, mustBeList, whole } from "../Requirement.ts"
import * as RunConfig from "../RunConfig.ts"
import { InvalidDescription, pathOf } from "./InvalidDescription.ts"
import * as Suggestion from "./Suggestion.ts"

const { machines, rates, rateRange, equalRates, sides, pattern, capacity, overflow } = RunConfig.fields.fields
const topology = RunConfig.fields.fields.topology.from

const DurationText = mustBe(
  "a time with a unit, such as 60s, 500ms or 2m, from 1ms to 7d",
  Schema.String,
  (text) => {
    const us = Duration.parse(text) ?? 0
    return us >= Limits.minDurationUs && us <= Limits.maxDurationUs
  },
)

const LatencyText = mustBe(
  "a time such as 5ms, or two such as 1ms..5ms, in a virtual run",
  Schema.String,
  (text) => Either.isRight(LatencyWords.parse(text)),
)

/** What a description may set, under the names that it has there. */
const settable = {
  machines,
  duration: DurationText,
  rates: mustBeList("a list of rates, such as [1, 3, 6]", rates.members[0]),
  rateRange: mustBeList("two rates, such as [1, 6]", rateRange),
  equalRates,
  sides,
  topology,
  pattern,
  capacity,
  overflow,
  latency: LatencyText,
}

export type Option = keyof typeof settable
export const options = Object.keys(settable) as ReadonlyArray<Option>

/** What is set of a run; what is not set is as in a run without options. */
export interface Given {
  readonly machines?: number
  readonly duration?: string
  readonly rates?: ReadonlyArray<number>
  readonly rateRange?: readonly [number, number]
  readonly equalRates?: boolean
  readonly sides?: number
  readonly topology?: string
  readonly pattern?: string
  readonly capacity?: number
  readonly overflow?: RunConfig.Overflow
  readonly latency?: string
}

export type Grid = { readonly [Key in Option]?: ReadonlyArray<NonNullable<Given[Key]>> }

/** A list with something in it, whose entries tell their own complaints. */
const some = <A, I>(what: string, entry: Schema.Schema<A, I>) =>
  mustBeList(`a list of ${what}`, Schema.Array(entry)).pipe(
    Schema.filter((list) => list.length > 0 || `must be a list of ${what}, at least one, found []`),
  )

const mapped = (wrap: (option: Schema.Schema<unknown>) => Schema.Schema.All) =>
  Object.fromEntries(
    Object.entries(settable).map(([name, schema]) => [
      name,
      Schema.optionalWith(wrap(schema as unknown as Schema.Schema<unknown>) as Schema.Schema<unknown>, {
        exact: true,
      }),
    ]),
  )

const given = mapped((option) => option)

const Name = mustBe(
  "a name of at most 64 letters, digits, dots and dashes that begins with a letter or digit",
  Schema.String,
  (text) => /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(text),
)

const line = (what: string, most: number) =>
  mustBe(
    `${what} of one line, at most ${most} characters`,
    Schema.String,
    (text) => text.trim() !== "" && text.length <= most && !/\p{Cc}/u.test(text),
  )

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const mapping = <S extends Schema.Schema.Any>(what: string, schema: S) =>
  mustBeList(`${what}, as names with their values`, schema)

export const Description = mapping(
  "a description",
  Schema.Struct({
    /** Names the directory that results go to. */
    name: optional(Name),
    about: optional(line("a sentence", 500)),
    /** Runs of each setting; as many as there are seeds, where these are given. */
    repetitions: optional(whole("a whole number of runs", 1, Limits.maxUnstoredRuns)),
    /** From which one seed for each repetition is drawn. */
    seed: optional(whole("a whole number", 0, Limits.maxSeed)),
    /** One seed for each repetition. */
    seeds: optional(some("seeds", whole("a whole number", 0, Limits.maxSeed))),
    base: optional(mapping("settings", Schema.Struct(given)) as unknown as Schema.Schema<Given>),
    settings: optional(
      some(
        "settings",
        mapping(
          "settings",
          Schema.Struct({ name: optional(line("a name", 80)), ...given }),
        ) as unknown as Schema.Schema<Given & { readonly name?: string }>,
      ),
    ),
    grid: optional(
      mapping(
        "settings with lists of values",
        Schema.Struct(mapped((option) => some("values", option))),
      ) as unknown as Schema.Schema<Grid>,
    ),
    /** One setting with the values of a curve. */
    sweep: optional(
      (
        mapping(
          "one setting with a list of values",
          Schema.Struct(mapped((option) => some("values", option))),
        ) as unknown as Schema.Schema<Grid>
      ).pipe(
        Schema.filter(
          (sweep) =>
            Object.keys(sweep).length === 1 ||
            `must be one setting with a list of values, found ${Object.keys(sweep).length}; grid combines several`,
        ),
      ),
    ),
  }),
)
export type Description = typeof Description.Type

const topLevel = Object.keys(Description.fields)

/** Which words may stand where an unknown one was found. */
const wordsAt = (path: ReadonlyArray<PropertyKey>): ReadonlyArray<string> => {
  if (path.length === 1) return topLevel
  return path[0] === "settings" ? ["name", ...options] : options
}

const unknownWord = (path: ReadonlyArray<PropertyKey>): string => {
  const word = String(path.at(-1))
  const words = wordsAt(path)
  const meant = Suggestion.nearest(word, words)
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`
  const elsewhere = path.length > 1 && /^seeds?$/.test(word) ? "; seeds belong to the whole description" : ""
  return `must not be there${hint}: known are ${words.join(", ")}${elsewhere}`
}

/** Decodes a document; every problem is told. */
export const decode = (document: unknown): Either.Either<Description, InvalidDescription> =>
  Schema.decodeUnknownEither(Description)(document, {
    errors: "all",
    onExcessProperty: "error",
    propertyOrder: "original",
  }).pipe(
    Either.mapLeft((error) => {
      const problems = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ _tag, path, message }) => ({
        path: pathOf(path),
        problem:
          _tag === "Unexpected"
            ? unknownWord(path)
            : _tag === "Missing"
              ? "must be given, found nothing"
              : message,
      }))
      return new InvalidDescription({ problems })
    }),
  )
