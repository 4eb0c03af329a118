/** A run's configuration in a request: any of its settings, the others being those of the command line. */
import { createHash, randomInt } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Change from "../domain/Change.ts"
import * as Limits from "../domain/Limits.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import { InvalidField } from "./Answering.ts"

/** As short as those that the command line draws. */
const drawSeed = (): number => randomInt(0, 1_000_000_000)

/** Of a client's key, so that the same request with it is the same run, though it names no seed. */
export const seedOf = (key: string): number =>
  createHash("sha256").update(key).digest().readUInt32LE(0) % 1_000_000_000

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const invalid = (field: string, problem: string) => Effect.fail(new InvalidField({ field, problem }))

/** `field` names the whole where it is no object. Without a seed it has this one, or else one that is drawn. */
export const decode = (
  raw: unknown,
  field: string,
  seed = drawSeed(),
): Effect.Effect<RunConfig.RunConfig, InvalidField> => {
  if (!isObject(raw)) return invalid(field, "must be an object of settings, found something else")
  const defaults = raw.mode === "real" ? RunConfig.defaults : RunConfig.virtualDefaults
  const unknown = Object.keys(raw).find((name) => !Object.hasOwn(RunConfig.fields.fields, name))
  if (unknown !== undefined)
    return invalid(unknown.slice(0, 60), "must be a setting of a run, found no such setting")
  return Either.match(RunConfig.decode({ ...defaults, seed, ...raw }), {
    onLeft: ({ field, problem }) => invalid(String(field), problem),
    onRight: (config) =>
      Change.copied(config.changes) > 0
        ? invalid("changes", "must not go on from copied events, which a fork alone has, found that they do")
        : Effect.succeed(config),
  })
}

/** The same as JSON in a query. */
export const parse = (text = "{}"): Effect.Effect<RunConfig.RunConfig, InvalidField> =>
  text.length > Limits.maxBodyBytes
    ? invalid("config", `must have at most ${Limits.maxBodyBytes} characters, found ${text.length}`)
    : Effect.flatMap(
        Effect.try({
          try: (): unknown => JSON.parse(text),
          catch: () => new InvalidField({ field: "config", problem: "must be JSON, found something else" }),
        }),
        (raw) => decode(raw, "config"),
      )
