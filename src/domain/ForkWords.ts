/** What a fork is asked to do otherwise, as people write it: `rates=1,3,6`, `drop-message=1/7->2`. */
import * as Either from "effect/Either"
import type { Change, Dropped } from "./Change.ts"
import * as LatencyWords from "./LatencyWords.ts"
import * as Share from "./Share.ts"

/** Faults stay words until it is known which links the run has. */
export type Wish =
  | { readonly change: Omit<Change, "after" | "atUs" | "drops"> }
  | { readonly drop: Dropped }
  | { readonly fault: string }

export const grammar =
  "rates=1,3,6, seed=N, sides=N, latency=TIME, loss=PERCENT, duplication=PERCENT, drop-message=SENDER/VERSION->RECIPIENT or fault=FAULT"

const wholeOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN)

const message = (text: string): Either.Either<Wish, string> => {
  const match = /^(\d+)\/(\d+)(?:->|:)(\d+)$/.exec(text.replaceAll(" ", ""))
  if (match === null)
    return Either.left(
      `must be the address of its send and its recipient, such as 1/7->2, found ${JSON.stringify(text)}`,
    )
  const [sender, sendVersion, recipient] = match.slice(1).map(Number) as [number, number, number]
  return Either.right({ drop: { sender, sendVersion, recipient } })
}

const percent = (text: string, of: (ppm: number) => Wish): Either.Either<Wish, string> => {
  const ppm = Share.parse(text)
  return ppm === undefined
    ? Either.left(
        `must be a percentage of at most four decimals, such as 1% or 0.25%, found ${JSON.stringify(text)}`,
      )
    : Either.right(of(ppm))
}

const whole = (text: string, of: (value: number) => Wish): Either.Either<Wish, string> =>
  Number.isNaN(wholeOf(text))
    ? Either.left(`must be a whole number, found ${JSON.stringify(text)}`)
    : Either.right(of(wholeOf(text)))

const rates = (text: string): Either.Either<Wish, string> => {
  const given = text.split(",").map((rate) => wholeOf(rate.trim()))
  return given.some(Number.isNaN)
    ? Either.left(
        `must be whole numbers of ticks a second, one for each machine, such as 1,3,6, found ${JSON.stringify(text)}`,
      )
    : Either.right({ change: { rates: given } })
}

const readers: Readonly<Record<string, (text: string) => Either.Either<Wish, string>>> = {
  rates,
  seed: (text) => whole(text, (seed) => ({ change: { seed } })),
  sides: (text) => whole(text, (sides) => ({ change: { sides } })),
  latency: (text) => Either.map(LatencyWords.parse(text), (latency) => ({ change: { latency } })),
  loss: (text) => percent(text, (lossPpm) => ({ change: { lossPpm } })),
  duplication: (text) => percent(text, (duplicationPpm) => ({ change: { duplicationPpm } })),
  "drop-message": message,
  fault: (text) => Either.right({ fault: text }),
}

/** The failure completes "it ...". */
export const parse = (text: string): Either.Either<Wish, string> => {
  const at = text.indexOf("=")
  const name = text.slice(0, Math.max(0, at)).trim()
  if (!Object.hasOwn(readers, name)) return Either.left(`must be ${grammar}, found ${JSON.stringify(text)}`)
  return Either.mapLeft(readers[name]!(text.slice(at + 1).trim()), (problem) => `${name} ${problem}`)
}
