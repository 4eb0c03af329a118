/**
 * What an event of a protocol is for. To every tool it is an internal event, a send or a receipt like any other; the
 * protocol's machines and its checks read the purpose. An event without one is the experiment's own.
 */
import * as Schema from "effect/Schema"

/** A purpose's code in records is its place here, from 1; only ever appended to. */
export const names = ["request", "acknowledge", "release", "enter", "leave", "marker", "record"] as const
export type Name = (typeof names)[number]

export interface Purposed {
  readonly purpose?: Name
  /** Of a marker or a record: which snapshot, 1, 2, 3, ... */
  readonly snapshot?: number
  /** Of a record: what the machine has. Of a marker's receipt: what was on its way on that link. */
  readonly tokens?: number
}

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Fields of a payload. */
export const fields = {
  purpose: maybe(Schema.Literal(...names)),
  snapshot: maybe(Schema.NonNegativeInt),
  tokens: maybe(Schema.NonNegativeInt),
}

const nothing: Purposed = {}

/** What a message carries of its send's purpose. */
export const carried = ({ purpose, snapshot }: Purposed): Purposed =>
  purpose === undefined ? nothing : snapshot === undefined ? { purpose } : { purpose, snapshot }

/** As people read it: `marker of snapshot 3`. */
export const told = ({ purpose, snapshot }: Purposed): string =>
  purpose === undefined
    ? "no purpose"
    : snapshot === undefined
      ? purpose
      : `${purpose} of snapshot ${snapshot}`

const counted = (tokens: number): string => `${tokens} ${tokens === 1 ? "token" : "tokens"}`

/** The same with what it counts: `record of snapshot 3, 9 tokens`. */
export const inWords = (purposed: Purposed): string =>
  purposed.tokens === undefined ? told(purposed) : `${told(purposed)}, ${counted(purposed.tokens)}`

/** What an event says of itself: the text of its log, else what it is for; undefined if neither. */
export const said = (payload: Purposed & { readonly label?: string }): string | undefined =>
  payload.label ?? (payload.purpose === undefined ? undefined : inWords(payload))
