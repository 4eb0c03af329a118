/** All that happened before an event, from a reading of the log before it, backwards: the mirror of `FutureCone`. */
import type { Recorded } from "../ClockEvent.ts"
import type { Address } from "./Address.ts"

export interface PastCone {
  /** Takes the event before the last one taken. Those after the origin change nothing. */
  readonly step: (event: Recorded) => void
  /** By machine, the version of its last clock event in the cone. */
  readonly lasts: () => ReadonlyMap<number, number>
}

export const make = (origin: Address): PastCone => {
  const lasts = new Map([[origin.machine, origin.version]])
  return {
    step: (event) => {
      if (event.kind !== "received" || event.version > (lasts.get(event.machine) ?? 0)) return
      const { sender, sendVersion } = event.payload
      if (sendVersion === null) return
      if (sendVersion > (lasts.get(sender) ?? 0)) lasts.set(sender, sendVersion)
    },
    lasts: () => lasts,
  }
}
