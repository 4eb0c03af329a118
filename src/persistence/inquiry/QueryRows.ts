/** Rows of a query as JSON has them. */
import { isoMicroseconds } from "../ColumnTypes.ts"
import type * as ReadOnlyQuery from "../ReadOnlyQuery.ts"

type Page = ReadOnlyQuery.Page

export const numeric = new Set([20, 21, 23, 700, 701, 1700])
const boolean = 16
const documents = new Set([114, 3802])
export const timestamptz = 1184

const jsonValue = (text: string | null, typeOid: number): unknown => {
  if (text === null) return null
  if (numeric.has(typeOid))
    return Number.isSafeInteger(Number(text)) || /[.e]/.test(text) ? Number(text) : text
  if (typeOid === boolean) return text === "t" || text === "true"
  if (documents.has(typeOid)) return JSON.parse(text)
  return typeOid === timestamptz ? isoMicroseconds(text) : text
}

export const toObject = ({ columns }: Page, row: Page["rows"][number]) =>
  Object.fromEntries(columns.map(({ name, typeOid }, i) => [name, jsonValue(row[i] ?? null, typeOid)]))
