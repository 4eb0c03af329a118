/** Requests a second that an instance takes, as an option or the environment says it. */
import * as Either from "effect/Either"
import * as Limits from "../domain/Limits.ts"

/** What is wrong with it, after the name of whoever said it. */
export const parse = (given: unknown, unlessGiven: number): Either.Either<number, string> => {
  if (given === undefined) return Either.right(unlessGiven)
  const text = String(given)
  const rate = Number(text)
  return /^\d{1,9}$/.test(text) && rate >= 1 && rate <= Limits.maxRequestsPerSecond
    ? Either.right(rate)
    : Either.left(
        `must be requests a second, a whole number from 1 to ${Limits.maxRequestsPerSecond}, found ${JSON.stringify(text.slice(0, 40))}`,
      )
}
