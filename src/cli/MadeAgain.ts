/** A virtual run made again from its configuration, beside its record. */
import { isDeepStrictEqual } from "node:util"
import { isWhole, type LabEvent, type Recorded } from "../domain/ClockEvent.ts"
import * as RunDigest from "../persistence/inquiry/RunDigest.ts"
import type * as VirtualLaboratory from "../runtime/virtual/VirtualLaboratory.ts"
import * as VirtualRun from "../runtime/virtual/VirtualRun.ts"

export interface Difference {
  readonly position: number
  readonly recorded: Recorded | null
  readonly again: LabEvent | null
}

function* eventsOf({ config, startUs, prefix }: VirtualLaboratory.Beginning): Generator<LabEvent, void> {
  for (const { events } of VirtualRun.turns(config, startUs, prefix)) yield* events
}

/** A copy says where it is from, which no run that is made again does. */
const withoutOrigin = (event: Recorded): Recorded => {
  if (event.kind !== "run-started") return event
  const { origin: _, ...payload } = event.payload
  return { ...event, payload }
}

/**
 * The two side by side, in the order of positions. Of a fork that is yet to be made the configuration is the fork's, and
 * what its parent's own stream says of how it began is passed over.
 */
export const comparison = (beginning: VirtualLaboratory.Beginning, isOfParent = false) => {
  const { startUs, requested } = beginning
  const remade = eventsOf(beginning)
  const [recordedDigest, againDigest] = [RunDigest.make(startUs), RunDigest.make(startUs)]
  /** A request before it moves the run's own stream on by one. */
  const next = (): LabEvent | null => {
    const event = remade.next().value ?? null
    return event?.machine === 0 ? { ...event, version: event.version + requested } : event
  }
  let difference: Difference | undefined
  let events = 0
  return {
    step: (recorded: Recorded): void => {
      events++
      const { position, ...event } = withoutOrigin(recorded)
      if (recorded.kind === "run-requested" || recorded.kind === "run-forked") return
      const again = next()
      if (again !== null) againDigest.write(again)
      if (isWhole(recorded)) recordedDigest.write(recorded)
      if (isOfParent && recorded.kind === "run-started") return
      if (difference === undefined && !isDeepStrictEqual(event, again))
        difference = { position, recorded, again }
    },
    finish: () => {
      const [digest, again] = [recordedDigest.finish(), againDigest.finish()]
      return { events, digest, again, difference: difference ?? null, proved: difference === undefined }
    },
  }
}
