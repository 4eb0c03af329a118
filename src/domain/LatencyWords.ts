/** A latency as people write it; apart from its schema, so that a page in a browser reads the same without it. */
import * as Either from "effect/Either"
import * as Duration from "./Duration.ts"
import type { Latency } from "./Latency.ts"

/** The failure completes "it ...". */
export const parse = (text: string): Either.Either<Latency, string> => {
  const refused = Either.left(
    `must be a time such as 2ms, two such as 1ms..5ms, or exp: and the mean such as exp:5ms, found ${JSON.stringify(text)}`,
  )
  if (text.startsWith("exp:")) {
    const meanUs = Duration.parse(text.slice("exp:".length))
    return meanUs === undefined ? refused : Either.right({ law: "exponential", meanUs })
  }
  const [low, high, more] = text.split("..").map(Duration.parse)
  if (low === undefined || more !== undefined || (text.includes("..") && high === undefined)) return refused
  return Either.right(
    high === undefined || high === low
      ? { law: "constant", us: low }
      : { law: "uniform", lowUs: low, highUs: high },
  )
}

/** As `parse` reads it. */
export const write = (latency: Latency): string => {
  switch (latency.law) {
    case "constant":
      return Duration.exact(latency.us)
    case "uniform":
      return `${Duration.exact(latency.lowUs)}..${Duration.exact(latency.highUs)}`
    case "exponential":
      return `exp:${Duration.exact(latency.meanUs)}`
  }
}
