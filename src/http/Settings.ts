/** How an instance of the handler is set: by whoever makes it, else by the environment. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Limits from "../domain/Limits.ts"
import { environment } from "../persistence/Environment.ts"
import type { AccessSettings } from "./Access.ts"
import * as Rates from "./Rates.ts"

export interface SettingsShape extends AccessSettings {
  /** A stream of events ends after so long, and is resumed by its client. */
  readonly eventStreamMs: number
  /** Requests that are taken of one client, and of all. */
  readonly clientRate: number
  readonly totalRate: number
  /** The header to which a proxy appends the client's address; undefined where the server tells it. */
  readonly clientHeader: string | undefined
  /** What an administrator must put right before anything is answered. */
  readonly misconfigured: string | undefined
}

export type SettingsOptions = Partial<Omit<SettingsShape, "misconfigured">>

export class Settings extends Context.Tag("lightcone/http/Settings")<Settings, SettingsShape>() {}

export const layer = (options: SettingsOptions) =>
  Layer.effect(
    Settings,
    Effect.map(environment, ({ token, clientRate, totalRate, clientHeader }) => {
      const problems: Array<string> = []
      const rate = (name: string, given: unknown, unlessGiven: number): number =>
        Either.getOrElse(Rates.parse(given, unlessGiven), (problem) => {
          problems.push(`${name} ${problem}`)
          return unlessGiven
        })
      return {
        eventStreamMs: options.eventStreamMs ?? Limits.maxEventStreamMs,
        token: options.token ?? token,
        loopback: options.loopback,
        clientRate: rate(
          "LIGHTCONE_CLIENT_RATE",
          options.clientRate ?? clientRate,
          Limits.clientRequestsPerSecond,
        ),
        totalRate: rate(
          "LIGHTCONE_TOTAL_RATE",
          options.totalRate ?? totalRate,
          Limits.totalRequestsPerSecond,
        ),
        clientHeader: (options.clientHeader ?? clientHeader)?.toLowerCase(),
        misconfigured: problems[0],
      }
    }),
  )
