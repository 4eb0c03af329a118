/** Schemas whose only complaint is "must be WHAT, found VALUE", for values that people write. */
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const mostShown = 60

/** A value as complaints show it. */
export const found = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) return String(value)
  const text = JSON.stringify(value)
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}...`
}

export const mustBe = <A>(
  what: string,
  schema: Schema.Schema<A>,
  holds: (value: A) => boolean = () => true,
): Schema.Schema<A> => {
  const message = (issue: ParseResult.ParseIssue) => `must be ${what}, found ${found(issue.actual)}`
  return schema.pipe(
    Schema.filter(holds),
    Schema.annotations({ message: (issue) => ({ message: message(issue), override: true }) }),
  )
}

/** The same for lists, whose entries tell their own complaints. */
export const mustBeList = <S extends Schema.Schema.Any>(what: string, schema: S) =>
  schema.annotations({
    message: (issue: ParseResult.ParseIssue) => `must be ${what}, found ${found(issue.actual)}`,
  }) as S

export const whole = (what: string, least: number, most: number): Schema.Schema<number> =>
  mustBe(
    `${what} from ${least} to ${most}`,
    Schema.Number,
    (n) => Number.isInteger(n) && n >= least && n <= most,
  )
