/** All of the registry's projections, as a list. */
import type { Projection } from "./Projection.ts"
import * as Registry from "./Registry.ts"

export const registry: ReadonlyArray<Projection> = Object.values(Registry)
