/**
 * An experiment: the runs that a description asks for, in the order in which they are made. All repetitions of
 * the first setting come first, then those of the second, and so on. The grid's combinations follow the order of
 * the document, its last name varying fastest.
 *
 * Every setting runs with the same seeds, one a repetition: what differs between two settings is then the
 * setting and not the luck of the draw (common random numbers, as simulation calls them). Every configuration is
 * decoded before anything starts, so the bounds of a run hold for all of them.
 */
import * as Either from "effect/Either"
import * as Duration from "./Duration.ts"
import type { Description, Given, Option } from "./experiment/Description.ts"
import * as Combinations from "./experiment/Grid.ts"
import { type InvalidDescription, problem } from "./experiment/InvalidDescription.ts"
import * as Seeds from "./experiment/Seeds.ts"
import * as LatencyWords from "./LatencyWords.ts"
import * as Limits from "./Limits.ts"
import * as RunConfig from "./RunConfig.ts"

export { presets } from "./experiment/Presets.ts"

export interface PlannedRun {
  /** 1, 2, 3, ... in the order of making. */
  readonly number: number
  /** Index into the plan's settings. */
  readonly setting: number
  /** 1, 2, 3, ... within the setting. */
  readonly repetition: number
  readonly config: RunConfig.RunConfig
}

export interface Setting {
  readonly name: string
  /** Where on which curve, if the experiment sweeps. */
  readonly swept: Combinations.Swept | undefined
  /** As its runs have it, but for the seed. */
  readonly config: Omit<RunConfig.RunConfig, "seed">
}

/** What is swept: the option and its values, as they are said. */
export interface Sweep {
  readonly option: Option
  readonly values: ReadonlyArray<string>
  /** The same as numbers (of latencies milliseconds), where they are such. */
  readonly numbers: ReadonlyArray<number> | undefined
}

export interface Plan {
  readonly about: string | undefined
  readonly sweep: Sweep | undefined
  readonly settings: ReadonlyArray<Setting>
  readonly runs: ReadonlyArray<PlannedRun>
}

/** What the command line says instead of the description. */
export interface Instead {
  readonly durationUs?: number | undefined
  readonly seed?: number | undefined
  /** In virtual time. */
  readonly virtual?: boolean
  /** Whether runs are kept, rather than their results alone. */
  readonly stored?: boolean
}

const defaultSeed = 1

const seedsOf = (description: Description, instead: Instead): ReadonlyArray<number> => {
  const { seeds, repetitions = seeds?.length ?? 1 } = description
  return seeds === undefined || instead.seed !== undefined
    ? Seeds.drawn(instead.seed ?? description.seed ?? defaultSeed, repetitions)
    : seeds
}

const said = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value))

/** A value on an axis of numbers; undefined of one that has no place there. */
const numberOf = (option: Option, value: unknown): number | undefined => {
  if (option === "latency") {
    const latency = Either.getOrUndefined(LatencyWords.parse(String(value)))
    return latency?.law === "constant" ? latency.us / 1_000 : undefined
  }
  if (option === "duration") return Duration.parse(String(value))! / 1_000_000
  return typeof value === "number" ? value : undefined
}

const sweepOf = ({ sweep = {} }: Description): Sweep | undefined => {
  const [found] = Object.entries(sweep) as ReadonlyArray<[Option, ReadonlyArray<unknown>]>
  if (found === undefined) return undefined
  const [option, values] = found
  const numbers = values.flatMap((value) => numberOf(option, value) ?? [])
  return { option, values: values.map(said), numbers: numbers.length === values.length ? numbers : undefined }
}

type Checked<A> = Either.Either<A, InvalidDescription>

const checkSeeds = ({ seed, seeds, repetitions }: Description): Checked<void> => {
  if (seeds === undefined) return Either.void
  const refused = (path: ReadonlyArray<PropertyKey>, text: string) => Either.left(problem(path, text))
  if (seed !== undefined) return refused(["seed"], "must not be there beside seeds: one or the other")
  if (repetitions !== undefined && repetitions !== seeds.length)
    return refused(["seeds"], `must be one for each of the ${repetitions} repetitions, found ${seeds.length}`)
  const twice = seeds.findIndex((one, i) => seeds.indexOf(one) < i)
  return twice < 0
    ? Either.void
    : refused(["seeds", twice], `must differ from the seeds before it, found ${seeds[twice]} again`)
}

/** The raw configuration: defaults, then what is given. */
const raw = (
  { duration, latency, ...given }: Given,
  { durationUs, virtual = false }: Instead,
): Record<string, unknown> => ({
  ...(virtual ? RunConfig.virtualDefaults : RunConfig.defaults),
  ...given,
  ...(latency === undefined ? {} : { latency: Either.getOrThrow(LatencyWords.parse(latency)) }),
  durationUs:
    durationUs ?? (duration === undefined ? RunConfig.defaults.durationUs : Duration.parse(duration)),
})

const optionOf = (field: keyof RunConfig.RunConfig): Option =>
  field === "durationUs" ? "duration" : (field as Option)

const settingOf = (
  combined: Combinations.Combined,
  instead: Instead,
): Checked<Setting & { readonly given: Given }> =>
  RunConfig.decode(raw(combined.given, instead)).pipe(
    Either.map(({ seed: _, ...config }) => ({
      name: combined.name,
      swept: combined.swept,
      given: combined.given,
      config,
    })),
    Either.mapLeft((invalid) => {
      const option = optionOf(invalid.field)
      return problem(combined.from(option), invalid.problem)
    }),
  )

/** Two settings of the same name or the same content would be told as different, and are not. */
const checkDifferent = (settings: ReadonlyArray<Setting>, combined: ReadonlyArray<Combinations.Combined>) => {
  const seen = new Map<string, number>()
  for (const [i, { name, config }] of settings.entries())
    for (const [key, what] of [
      [`name ${name}`, "name"],
      [`config ${JSON.stringify(config)}`, "settings"],
    ] as const) {
      const before = seen.get(key)
      if (before !== undefined)
        return Either.left(
          problem(
            combined[i]!.path,
            `must differ from what was given before, found the same ${what} as in "${settings[before]!.name}"`,
          ),
        )
      seen.set(key, i)
    }
  return Either.void
}

/** The runs of a description that was decoded. */
export const plan = (description: Description, instead: Instead = {}): Checked<Plan> =>
  Either.gen(function* () {
    yield* checkSeeds(description)
    const seeds = seedsOf(description, instead)
    for (const given of ["grid", "sweep"] as const)
      if (instead.durationUs !== undefined && description[given]?.duration !== undefined)
        return yield* Either.left(
          problem([given, "duration"], "must not be there when --duration says how long every run is"),
        )
    const count = Combinations.count(description) * seeds.length
    const { stored = true } = instead
    const most = stored ? Limits.maxExperimentRuns : Limits.maxUnstoredRuns
    if (count > most)
      return yield* Either.left(
        problem(
          [],
          `must ask for at most ${most} runs, found ${count}${stored ? `; with --virtual --no-store ${Limits.maxUnstoredRuns}` : ""}`,
        ),
      )
    const combined = yield* Combinations.combine(description)
    const settings: Array<Setting> = []
    for (const one of combined) settings.push(yield* settingOf(one, instead))
    yield* checkDifferent(settings, combined)
    const runs = settings.flatMap(({ config }, setting) =>
      seeds.map((seed, i) => ({
        number: setting * seeds.length + i + 1,
        setting,
        repetition: i + 1,
        config: { ...config, seed },
      })),
    )
    return { about: description.about, sweep: sweepOf(description), settings, runs }
  })
