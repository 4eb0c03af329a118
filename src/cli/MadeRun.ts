/** A virtual run made and looked through at once: what an experiment wants to know of it, and nothing kept. */
import type { Logged } from "../domain/ClockEvent.ts"
import * as Measures from "../domain/experiment/Measures.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as Verification from "../domain/Verification.ts"
import * as RunDigest from "../persistence/inquiry/RunDigest.ts"
import * as VirtualRun from "../runtime/virtual/VirtualRun.ts"

export interface MadeRun {
  readonly events: number
  /** Null if there was nothing to check. */
  readonly verified: boolean | null
  /** Lowercase hex SHA-256. */
  readonly digest: string
  readonly measures: Measures.RunMeasures
}

/** No result depends on when it was made, so the schedule starts at the epoch. */
const startUs = 0

/** Makes the run part by part, some thousand events each; what came of it when it is over. */
export function* make(config: RunConfig): Generator<void, MadeRun> {
  const verification = Verification.make()
  const measures = Measures.make()
  const digest = RunDigest.make(startUs)
  let position = 0
  for (const { events } of VirtualRun.turns(config, startUs)) {
    for (const event of events) {
      // It is ours alone, and a copy would cost as much as its making.
      const logged = event as Logged as { -readonly [Key in keyof Logged]: Logged[Key] }
      logged.position = ++position
      verification.step(logged as Logged)
      measures.step(logged as Logged)
      digest.write(logged as Logged)
    }
    yield
  }
  const { verified, counts } = verification.finish()
  return { events: counts.events, verified, digest: digest.finish(), measures: measures.finish() }
}
