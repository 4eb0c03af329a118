/**
 * What a `lightcone.config.ts` says, in the directory where commands are run:
 *
 *     import { defineConfig } from "lightcone"
 *     import { traffic } from "./Traffic.ts"
 *
 *     export default defineConfig({ projections: [traffic] })
 */
import type { Projection } from "./Projection.ts"

export interface LightconeConfig {
  /** Kept beside our own, in every store that commands run here open. */
  readonly projections?: ReadonlyArray<Projection>
}

/** Gives the configuration its type. */
export const defineConfig = (config: LightconeConfig): LightconeConfig => config
