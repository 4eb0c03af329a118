/** All of the registry's clocks, as a list in the order of their names. */
import type { Clock } from "./Clock.ts"
import * as Registry from "./Registry.ts"

export const registry: ReadonlyArray<Clock> = Object.values(Registry)
