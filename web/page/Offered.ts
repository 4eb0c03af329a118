/** What this instance offers, by its own description. */
import { get } from "./Server.ts"

interface OpenApi {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

let asked: Promise<OpenApi> | undefined

const offers = async (method: string, path: string): Promise<boolean> => {
  asked ??= get<OpenApi>("/openapi.json")
  return (await asked).paths?.[path]?.[method] !== undefined
}

export const startsRuns = (): Promise<boolean> => offers("post", "/runs")

export const foretells = (): Promise<boolean> => offers("get", "/prediction")
