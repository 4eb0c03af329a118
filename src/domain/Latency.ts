/** How long a message of a modelled network is under way: whole microseconds, at least one. */
import * as Schema from "effect/Schema"
import * as Duration from "./Duration.ts"
import * as Limits from "./Limits.ts"
import * as Random from "./Random.ts"
import { mustBe } from "./Requirement.ts"

const time = (most: number) =>
  mustBe(
    `between 1us and ${Duration.exact(most)}`,
    Schema.Number,
    (n) => Number.isInteger(n) && n >= 1 && n <= most,
  )
const us = time(Limits.maxLatencyUs)

/** Latencies that one draw gives, or none. */
const Plain = Schema.Union(
  Schema.Struct({ law: Schema.Literal("constant"), us }),
  Schema.Struct({ law: Schema.Literal("uniform"), lowUs: us, highUs: us }),
)
export type Plain = typeof Plain.Type

/** `uniform` draws a whole number of lowUs..highUs for each message. */
export const Latency = Schema.Union(
  ...Plain.members,
  Schema.Struct({ law: Schema.Literal("exponential"), meanUs: time(Limits.maxMeanLatencyUs) }),
)
export type Latency = typeof Latency.Type

export const standard: Plain = { law: "constant", us: 1_000 }

/** The longest of exponential latencies, in means: one in 10^13 would be longer. */
const mostMeans = 30

/**
 * An exponentially distributed whole number by comparing draws only (von Neumann 1951): a run of falling draws ends
 * with the first that does not fall. If the run is of odd length its first draw is the fraction; if not, one more mean
 * has gone by. No logarithm, whose last bit differs from one library to another.
 */
const exponentialUs = (meanUs: number, draw: () => number): number => {
  for (let means = 0; means < mostMeans; means++) {
    const first = draw()
    let [last, next, isOdd] = [first, draw(), true]
    while (next < last) {
      last = next
      next = draw()
      isOdd = !isOdd
    }
    if (isOdd) return Math.max(1, means * meanUs + Random.below(first, meanUs))
  }
  return mostMeans * meanUs
}

/** The latency of the next message. */
export const next = (latency: Latency, draw: () => number): number => {
  switch (latency.law) {
    case "constant":
      return latency.us
    case "uniform":
      return latency.lowUs + Random.below(draw(), latency.highUs - latency.lowUs + 1)
    case "exponential":
      return exponentialUs(latency.meanUs, draw)
  }
}

/** None is longer. */
export const longestUs = (latency: Latency): number =>
  latency.law === "constant"
    ? latency.us
    : latency.law === "uniform"
      ? latency.highUs
      : mostMeans * latency.meanUs

/** The longest of a run, whatever a fork changes on the way. */
export const longestOfRunUs = ({
  latency = standard,
  changes = [],
}: {
  readonly latency?: Latency
  readonly changes?: ReadonlyArray<{ readonly latency?: Latency }>
}): number => Math.max(...[latency, ...changes.flatMap(({ latency = [] }) => latency)].map(longestUs))
