/** The digest of a run's events as they come, in memory that does not grow with them. */
import { createHash } from "node:crypto"
import type { LabEvent } from "../../domain/ClockEvent.ts"
import * as Digest from "../../domain/Digest.ts"
import * as Limits from "../../domain/Limits.ts"

export interface RunDigest {
  readonly write: (event: LabEvent) => void
  /** Lowercase hex SHA-256 of all that was written; to be called once. */
  readonly finish: () => string
}

/** Of a run whose schedule starts at `startUs`, microseconds since the Unix epoch. */
export const make = (startUs: number): RunDigest => {
  const encoder = Digest.encoder(startUs)
  const hash = createHash("sha256")
  let held = 0
  return {
    write: (event) => {
      encoder.write(event)
      if (++held < Limits.eventsPerPage) return
      hash.update(encoder.take())
      held = 0
    },
    finish: () => hash.update(encoder.take()).digest("hex"),
  }
}
