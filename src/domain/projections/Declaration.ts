/** Whether what somebody calls a projection is one, told before anything is built from it. */
import { columnTypes, type Projection } from "./Projection.ts"

/** Postgres cuts identifiers at 63 bytes, and tables get a generation's number behind their name. */
const identifier = /^[a-z][a-z0-9_]{0,39}$/

/** Tables and views that are no projections. */
const taken: ReadonlySet<string> = new Set([
  "checkpoints",
  "clock_comparison",
  "clock_drift",
  "clock_stamps",
  "events",
  "log",
  "migrations",
  "projections",
  "run_heads",
  "runs",
])

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : value === undefined ? "nothing" : String(value)

const listProblem = (what: string, list: unknown, columns: Fields): string | undefined => {
  if (!Array.isArray(list) || list.length === 0)
    return `${what} must be a list of columns, found ${shown(list)}`
  const unknown = list.find((name) => typeof name !== "string" || !Object.hasOwn(columns, name))
  if (unknown !== undefined) return `${what} must name columns of the table, found ${shown(unknown)}`
  return new Set(list).size === list.length ? undefined : `${what} must name each column once, found ${list}`
}

const tableProblem = (table: unknown): string | undefined => {
  if (!isFields(table) || !isFields(table.columns))
    return `its table must have columns, found ${shown(table)}`
  const { columns, key, indexes } = table
  const entries = Object.entries(columns)
  if (entries.length === 0) return "its table must have columns, found none"
  for (const [name, type] of entries) {
    if (!identifier.test(name)) return `a column's name must match ${identifier}, found ${shown(name)}`
    if (name === "run_id" || name === "run_key")
      return `a column must not be called ${name}: it is there by itself`
    if (!columnTypes.some((known) => known === type))
      return `column ${name} must be ${columnTypes.join(", ")}, found ${shown(type)}`
  }
  const keyProblem = key === undefined ? undefined : listProblem("its key", key, columns)
  if (keyProblem !== undefined || indexes === undefined) return keyProblem
  if (!Array.isArray(indexes))
    return `its indexes must be a list of lists of columns, found ${shown(indexes)}`
  return indexes.map((index) => listProblem("an index", index, columns)).find((told) => told !== undefined)
}

/** What must hold of a projection and does not; undefined if it is one. */
export const problem = (value: unknown): string | undefined => {
  if (!isFields(value)) return `a projection must be an object, found ${shown(value)}`
  const { name, version, table, initial, apply } = value
  if (typeof name !== "string" || !identifier.test(name))
    return `a projection's name must match ${identifier}, found ${shown(name)}`
  if (taken.has(name)) return `a projection must not be called ${name}: that name is Lightcone's own`
  if (!Number.isSafeInteger(version) || (version as number) < 1)
    return `the version of projection ${name} must be a whole number from 1, found ${shown(version)}`
  if (typeof initial !== "function")
    return `projection ${name} must have a function initial, found ${shown(initial)}`
  if (typeof apply !== "function")
    return `projection ${name} must have a function apply, found ${shown(apply)}`
  const told = tableProblem(table)
  return told === undefined ? undefined : `of projection ${name} ${told}`
}

/** The table as one text, so that a change of it is noticed. */
export const textOf = ({ table }: Projection): string =>
  JSON.stringify({
    columns: Object.entries(table.columns),
    key: table.key ?? null,
    indexes: table.indexes ?? [],
  })
