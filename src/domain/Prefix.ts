/**
 * What a fork copies of a real run: its events up to a place, and what was on its way there. No engine makes them again, as
 * nothing fixes how a real run interleaves. Where the record says when a message came, it comes then, unless what
 * the fork does otherwise takes its place in the inbox; of others the network draws it anew.
 */
import * as Either from "effect/Either"
import type { UnderWay } from "./Change.ts"
import { address, isSecondCopy, type MachineEvent, type Recorded } from "./ClockEvent.ts"
import * as Digest from "./Digest.ts"
import type { Place } from "./Fork.ts"
import * as Limits from "./Limits.ts"
import type { Delivery } from "./Message.ts"
import type { RunConfig } from "./RunConfig.ts"

export interface Prefix {
  /** Of the events, their times from the start of the schedule; docs/SPEC.md has the encoding. */
  readonly records: Uint8Array
  readonly underWay: ReadonlyArray<UnderWay>
}

export interface Reader {
  /** The parent's next event, to the end of its log. */
  readonly step: (event: Recorded) => void
  /** The failure completes "Cannot fork run R: ". */
  readonly finish: () => Either.Either<Prefix, string>
}

/** Events of machines as records, without the header. */
export const recorder = (startUs: number): Pick<Digest.Encoder, "write" | "take"> => {
  const encoder = Digest.encoder(startUs)
  encoder.take()
  return encoder
}

/** Kinds after which a machine, or the network, is not what its events alone say. */
const disturbed: ReadonlySet<string> = new Set(["stopped", "resumed", "run-resumed", "fault-injected"])

export const reader = (
  startUs: number,
  { machines, durationUs }: Pick<RunConfig, "machines" | "durationUs">,
  { position }: Place,
): Reader => {
  const encoder = recorder(startUs)
  const underWay: Array<UnderWay> = []
  /** By machine: of its events that are copied, the last. */
  const versions = new Float64Array(machines + 1)
  let started = 0
  let disturbance: Recorded | undefined

  const copy = (event: Recorded): void => {
    if (disturbed.has(event.kind)) disturbance ??= event
    if (event.machine === 0) return
    encoder.write(event as MachineEvent)
    versions[event.machine] = event.version
    if (event.kind === "started") started++
  }
  /** What a later event says of a message that was sent before the place. */
  const foresee = (recipient: number, { sender, sendVersion, arrivedAtUs }: Delivery): void => {
    const arrivesUs = arrivedAtUs - startUs
    if (sendVersion <= versions[sender]! && arrivesUs < durationUs)
      underWay.push({ sender, sendVersion, recipient, arrivesUs })
  }
  return {
    step: (event) => {
      if (event.position <= position) copy(event)
      else if (event.kind === "received" || (event.kind === "dropped" && !isSecondCopy(event)))
        foresee(event.machine, event.payload as Delivery)
      else if (event.kind === "stopped")
        for (const delivery of event.payload.inbox) foresee(event.machine, delivery)
    },
    finish: () => {
      if (disturbance !== undefined)
        return Either.left(
          `--at must be a position of a real run before its first fault, stop or resumption, found ${disturbance.kind} (${address(disturbance)}) at position ${disturbance.position}`,
        )
      if (started < machines)
        return Either.left(
          `--at must be a position of a real run after the start of its ${machines} machines, found that ${started} had started`,
        )
      if (underWay.length > Limits.maxCopiedUnderWay)
        return Either.left(
          `of a real run at most ${Limits.maxCopiedUnderWay} messages may be in inboxes and on their way, found ${underWay.length} at position ${position}`,
        )
      underWay.sort((a, b) => a.arrivesUs - b.arrivesUs || a.recipient - b.recipient)
      return Either.right({ records: encoder.take(), underWay })
    },
  }
}
