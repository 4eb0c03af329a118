/** From the words of the command line to the runs of an experiment: a preset's, a file's, or standard input's. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs"
import { basename, extname } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { LineCounter, parseDocument } from "yaml"
import * as Experiment from "../domain/Experiment.ts"
import * as Description from "../domain/experiment/Description.ts"
import type { InvalidDescription } from "../domain/experiment/InvalidDescription.ts"
import * as Suggestion from "../domain/experiment/Suggestion.ts"
import * as Limits from "../domain/Limits.ts"
import { found } from "../domain/Requirement.ts"
import { UsageError } from "../domain/UsageError.ts"
import { parseDuration } from "./Units.ts"

export interface Described {
  readonly name: string
  readonly plan: Experiment.Plan
}

const presets: Readonly<Record<string, Description.Description>> = Experiment.presets

const refuse = (message: string): Effect.Effect<never, UsageError> => Effect.fail(new UsageError({ message }))

const reasonOf = (cause: unknown): string =>
  ({ ENOENT: "there is none", EACCES: "it must be readable", EISDIR: "it is a directory" })[
    (cause as NodeJS.ErrnoException).code ?? ""
  ] ?? String((cause as Error).message)

const readWhole = (file: string): string => {
  const descriptor = openSync(file, "r")
  try {
    const { size } = fstatSync(descriptor)
    if (size > Limits.maxDescriptionBytes)
      throw new Error(`it must have at most ${Limits.maxDescriptionBytes} bytes, found ${size}`)
    return readFileSync(descriptor, "utf8")
  } finally {
    closeSync(descriptor)
  }
}

const readFile = (file: string): Effect.Effect<string, UsageError> =>
  Effect.catchAll(Effect.try({ try: () => readWhole(file), catch: (cause) => cause }), (cause) => {
    const meant = Suggestion.nearest(file, Object.keys(presets))
    const hint = meant === undefined ? "" : `; did you mean the preset ${meant}?`
    return refuse(
      `Cannot run the experiment ${JSON.stringify(file)}: must be a file, - or the preset ${Object.keys(presets).join(", ")}: ${reasonOf(cause)}${hint}`,
    )
  })

const readInput = Effect.gen(function* () {
  const chunks: Array<Buffer> = []
  let bytes = 0
  yield* Effect.promise(async () => {
    for await (const chunk of process.stdin) {
      chunks.push(chunk as Buffer)
      bytes += (chunk as Buffer).length
      if (bytes > Limits.maxDescriptionBytes) break
    }
  })
  if (bytes > Limits.maxDescriptionBytes)
    return yield* refuse(
      `Cannot run the experiment: the description must have at most ${Limits.maxDescriptionBytes} bytes, found more`,
    )
  return Buffer.concat(chunks).toString("utf8")
})

/** YAML, and JSON as the part of YAML that it is. */
const parse = (text: string, where: string): Effect.Effect<unknown, UsageError> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" })
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0])
    return refuse(
      `Cannot run ${where}: must be JSON or YAML; line ${line}, column ${col}: ${fault.message.split("\n")[0]}`,
    )
  }
  return Effect.catchAll(
    Effect.try({ try: (): unknown => document.toJS(), catch: (cause) => cause as Error }),
    (cause) => refuse(`Cannot run ${where}: must be JSON or YAML: ${cause.message}`),
  )
}

const told = (where: string, invalid: InvalidDescription): UsageError => {
  const lines = invalid.message.split("\n")
  return new UsageError({
    message: `Cannot run ${where}: ${lines.length === 1 ? lines[0] : ["", ...lines].join("\n  ")}`,
  })
}

const instead = (options: Record<string, unknown>): Effect.Effect<Experiment.Instead, UsageError> =>
  Effect.gen(function* () {
    const { duration, seed } = options
    const durationUs = duration === undefined ? undefined : parseDuration(String(duration))
    if (
      duration !== undefined &&
      (durationUs === undefined || durationUs < Limits.minDurationUs || durationUs > Limits.maxDurationUs)
    )
      return yield* refuse(
        `Cannot run the experiment: --duration must be a time with a unit from 1ms to 7d, such as 60s, found ${found(duration)}`,
      )
    if (seed !== undefined && !(/^\d+$/.test(String(seed)) && Number(seed) <= Limits.maxSeed))
      return yield* refuse(
        `Cannot run the experiment: --seed must be a whole number from 0 to ${Limits.maxSeed}, found ${found(seed)}`,
      )
    return {
      durationUs,
      seed: seed === undefined ? undefined : Number(seed),
      virtual: options.virtual === true,
      stored: options.store !== false,
    }
  })

/** A file's name as that of its experiment. */
const nameOf = (file: string): string =>
  basename(file, extname(file))
    .replace(/[^a-z0-9._-]+/gi, "-")
    .replace(/^[^a-z0-9]+/i, "")
    .slice(0, 64) || "of-a-file"

const described = (
  what: string,
): Effect.Effect<readonly [Description.Description, string, string], UsageError> =>
  Effect.gen(function* () {
    const preset = Object.hasOwn(presets, what) ? presets[what] : undefined
    if (preset !== undefined) return [preset, what, `the preset ${what}`] as const
    const where = what === "-" ? "the description on standard input" : what
    const text = yield* what === "-" ? readInput : readFile(what)
    const document = yield* parse(text, where)
    const description = Either.mapLeft(Description.decode(document), (invalid) => told(where, invalid))
    const decoded = yield* description
    return [decoded, decoded.name ?? (what === "-" ? "standard-input" : nameOf(what)), where] as const
  })

export const read = (what: string, options: Record<string, unknown>): Effect.Effect<Described, UsageError> =>
  Effect.gen(function* () {
    const replaced = yield* instead(options)
    const [description, name, where] = yield* described(what)
    const plan = yield* Either.mapLeft(Experiment.plan(description, replaced), (invalid) =>
      told(where, invalid),
    )
    return { name, plan }
  })
