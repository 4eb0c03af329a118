/**
 * How many streams of events an instance keeps open, of all and of each client. A place is taken when a stream is first
 * read, as one that is answered may never be, and given back however it ends.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Limits from "../domain/Limits.ts"
import type { Problem } from "./Problem.ts"

export interface OpenStreamsShape {
  /** Why there is no place for one more. */
  readonly refusal: (client: string) => Problem | undefined
  /** Takes a place, and gives what gives it back, once; undefined where there is none. */
  readonly enter: (client: string) => (() => void) | undefined
  readonly count: () => number
}

export class OpenStreams extends Context.Tag("lightcone/http/OpenStreams")<OpenStreams, OpenStreamsShape>() {}

const full = (status: 429 | 503, field: "client" | "instance", who: string, most: number): Problem => ({
  status,
  code: "TooManyStreams",
  detail: `Cannot follow the run: ${who} must have at most ${most} streams open, found as many; ask again in 5 s`,
  field,
  retryAfterSeconds: 5,
})

export const make = (
  most: number = Limits.maxEventStreams,
  mostPerClient: number = Limits.maxEventStreamsPerClient,
): OpenStreamsShape => {
  const byClient = new Map<string, number>()
  let open = 0
  const refusal: OpenStreamsShape["refusal"] = (client) => {
    if ((byClient.get(client) ?? 0) >= mostPerClient) return full(429, "client", "one client", mostPerClient)
    if (open >= most) return full(503, "instance", "an instance", most)
    return undefined
  }
  return {
    refusal,
    count: () => open,
    enter: (client) => {
      if (refusal(client) !== undefined) return undefined
      open++
      byClient.set(client, (byClient.get(client) ?? 0) + 1)
      let isThere = true
      return () => {
        if (!isThere) return
        isThere = false
        open--
        const left = byClient.get(client)! - 1
        if (left === 0) byClient.delete(client)
        else byClient.set(client, left)
      }
    },
  }
}

export const layer = Layer.sync(OpenStreams, () => make())
