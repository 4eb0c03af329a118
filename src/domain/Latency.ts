/** How long a message of a modelled network is under way: whole microseconds, at least one. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Duration from "./Duration.ts"
import * as Limits from "./Limits.ts"
import { mustBe } from "./Requirement.ts"

const us = mustBe(
  `between 1us and ${Duration.exact(Limits.maxLatencyUs)}`,
  Schema.Number,
  (n) => Number.isInteger(n) && n >= 1 && n <= Limits.maxLatencyUs,
)

/** `uniform` draws a whole number of lowUs..highUs for each message. */
export const Latency = Schema.Union(
  Schema.Struct({ law: Schema.Literal("constant"), us }),
  Schema.Struct({ law: Schema.Literal("uniform"), lowUs: us, highUs: us }),
)
export type Latency = typeof Latency.Type

export const standard: Latency = { law: "constant", us: 1_000 }

/** The failure completes "it ...". */
export const parse = (text: string): Either.Either<Latency, string> => {
  const [low, high, more] = text.split("..").map(Duration.parse)
  if (low === undefined || more !== undefined || (text.includes("..") && high === undefined))
    return Either.left(`must be a time such as 2ms, or two such as 1ms..5ms, found ${JSON.stringify(text)}`)
  return Either.right(
    high === undefined || high === low
      ? { law: "constant", us: low }
      : { law: "uniform", lowUs: low, highUs: high },
  )
}

/** As `parse` reads it. */
export const write = (latency: Latency): string =>
  latency.law === "constant"
    ? Duration.exact(latency.us)
    : `${Duration.exact(latency.lowUs)}..${Duration.exact(latency.highUs)}`
