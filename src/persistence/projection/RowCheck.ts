/** Whether a value may stand in a column, asked before it is written: so the event that made it can be named. */
import type { ColumnType } from "../../domain/projections/Projection.ts"

const isText = (value: unknown): boolean => typeof value === "string" && !value.includes("\u0000")

const fits: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  integer: (value) => typeof value === "number" && (value | 0) === value,
  bigint: Number.isSafeInteger,
  timestamptz: Number.isSafeInteger,
  "double precision": (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  text: isText,
  jsonb: (value) => isText(JSON.stringify(value)),
}

const expected: Readonly<Record<ColumnType, string>> = {
  integer: "a whole number that 32 bits hold",
  bigint: "a whole number up to 2^53",
  timestamptz: "whole microseconds since 1970",
  "double precision": "a number",
  boolean: "true or false",
  text: "a text without NUL",
  jsonb: "a JSON value",
}

/** What must hold of the value and does not; undefined if it may be written. Null may, where no key forbids it. */
export const problem = (type: ColumnType, value: unknown): string | undefined =>
  value === null || fits[type](value) ? undefined : `must be ${expected[type]}, found ${String(value)}`
