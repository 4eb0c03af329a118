/** When the ends of a link say that they live, and when one that has said nothing is given up. */
import * as Limits from "../../domain/Limits.ts"

export interface LinkTiming {
  readonly heartbeatMs: number
  readonly silenceMs: number
}

export const defaults: LinkTiming = {
  heartbeatMs: Limits.heartbeatIntervalMs,
  silenceMs: Limits.linkSilenceTimeoutMs,
}
