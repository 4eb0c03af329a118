/** The settings of a description: those listed, each combined with every point of the grid. */
import * as Either from "effect/Either"
import * as Duration from "../Duration.ts"
import { type Description, type Given, type Option, options } from "./Description.ts"
import { type InvalidDescription, problem } from "./InvalidDescription.ts"

export interface Swept {
  /** What all points of a curve have in common. */
  readonly curve: string
  /** Index into the values that are swept. */
  readonly at: number
}

export interface Combined {
  readonly name: string
  readonly given: Given
  /** Where it stands in the document. */
  readonly path: ReadonlyArray<PropertyKey>
  /** Where on which curve, if the description sweeps. */
  readonly swept: Swept | undefined
  /** Where an option of it was given. */
  readonly from: (option: Option) => ReadonlyArray<PropertyKey>
}

/** Those of the grid, then what is swept. */
const axes = ({
  grid = {},
  sweep = {},
}: Description): ReadonlyArray<readonly [Option, ReadonlyArray<unknown>]> =>
  [grid, sweep].flatMap((given) =>
    (Object.keys(given) as ReadonlyArray<Option>).map((option) => [option, given[option]!] as const),
  )

/** How many settings there are; may be far more than anybody runs. */
export const count = (description: Description): number =>
  axes(description).reduce(
    (product, [, values]) => product * values.length,
    description.settings?.length ?? 1,
  )

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value))

const words: Readonly<Record<Option, (value: unknown) => string>> = {
  machines: (n) => `${n} machines`,
  duration: (text) => Duration.exact(Duration.parse(String(text)) ?? 0),
  rates: (rates) => `rates ${shown(rates)}`,
  rateRange: (range) => `rates from ${(range as ReadonlyArray<number>).join("..")}`,
  equalRates: (equal) => (equal === true ? "rates may repeat" : "rates differ"),
  sides: (sides) => `${sides} sides`,
  topology: (topology) => `topology ${topology}`,
  pattern: (pattern) => `pattern ${pattern}`,
  capacity: (capacity) => `capacity ${capacity}`,
  overflow: (overflow) => String(overflow),
  latency: (latency) => `latency ${latency}`,
}

export const sweptOption = ({ sweep = {} }: Description): Option | undefined =>
  (Object.keys(sweep) as ReadonlyArray<Option>)[0]

/** What is set, in the order in which options are documented. */
const nameOf = (given: Given): string =>
  options
    .filter((option) => given[option] !== undefined)
    .map((option) => words[option](given[option]))
    .join(", ")

type Point = ReadonlyArray<readonly [option: Option, value: unknown, index: number]>

/** Every combination, the last axis varying fastest. */
const points = (description: Description): ReadonlyArray<Point> =>
  axes(description).reduce<ReadonlyArray<Point>>(
    (all, [option, values]) =>
      all.flatMap((point) =>
        values.map((value, index): Point => [...point, [option, value, index] as const]),
      ),
    [[]],
  )

/** A name of the grid that a setting gives as well would leave open which of the two holds. */
const checkApart = ({
  settings = [],
  grid = {},
  sweep = {},
}: Description): Either.Either<void, InvalidDescription> => {
  for (const option of options)
    if (grid[option] !== undefined && sweep[option] !== undefined)
      return Either.left(problem(["sweep", option], "must not be there: the grid gives it as well"))
  for (const [i, setting] of settings.entries())
    for (const option of options)
      for (const [given, what] of [
        [grid, "grid"],
        [sweep, "sweep"],
      ] as const)
        if (setting[option] !== undefined && given[option] !== undefined)
          return Either.left(
            problem(["settings", i, option], `must not be there: the ${what} gives it as well`),
          )
  return Either.void
}

/** Must only be asked once the count is known to be bearable. */
export const combine = (
  description: Description,
): Either.Either<ReadonlyArray<Combined>, InvalidDescription> =>
  Either.map(checkApart(description), () => {
    const { base = {}, settings } = description
    const listed = settings ?? [{}]
    return listed.flatMap(({ name, ...own }: Given & { readonly name?: string }, i) =>
      points(description).map((point): Combined => {
        const fromGrid = Object.fromEntries(point.map(([option, value]) => [option, value])) as Given
        const parts = [name ?? nameOf(own), nameOf(fromGrid)].filter((part) => part !== "")
        const swept = sweptOption(description)
        const { [swept ?? "name"]: _, ...common } = fromGrid as Given & { readonly name?: string }
        const curve = [name ?? nameOf(own), nameOf(common)].filter((part) => part !== "")
        const indexOf = (option: Option) => point.find(([one]) => one === option)?.[2]
        return {
          name: parts.length === 0 ? "base" : parts.join(", "),
          given: { ...base, ...own, ...fromGrid },
          path: settings !== undefined ? ["settings", i] : swept === undefined ? ["grid"] : ["sweep", swept],
          swept: swept === undefined ? undefined : { curve: curve.join(", "), at: indexOf(swept)! },
          from: (option) => {
            const index = indexOf(option)
            if (index !== undefined) return [option === swept ? "sweep" : "grid", option, index]
            return own[option] === undefined ? ["base", option] : ["settings", i, option]
          },
        }
      }),
    )
  })
