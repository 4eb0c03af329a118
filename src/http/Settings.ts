/** How an instance of the handler is set. */
import * as Context from "effect/Context"
import type { AccessSettings } from "./Access.ts"

export interface SettingsShape extends AccessSettings {
  /** A stream of events ends after so long, and is resumed by its client. */
  readonly eventStreamMs: number
}

export class Settings extends Context.Tag("lightcone/http/Settings")<Settings, SettingsShape>() {}
