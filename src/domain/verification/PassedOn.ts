/**
 * Which messages a held one may have been passed on with. What it waited for last is passed on, and it follows at once:
 * so it enters the inbox after that one, and between the two come only others that were held back. An inbox is first in,
 * first out, so that receipts tell the order in which messages entered it; of those that a full inbox dropped their
 * times do.
 */
import { address, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"

/** When messages entered the inbox of a machine, or would have, microseconds since the epoch, by address. */
interface Entered {
  /** Since the last that was not held back, with it. */
  readonly received: Map<string, number>
  /** In the order of these times, as a run has one overflow policy. */
  readonly dropped: Map<string, number>
}

export interface PassedOn {
  /** Whether a message was passed on before the one that is now received, and this one may have followed at once. */
  readonly isFollowed: (event: MachineEvent, message: Delivery, earlier: string) => boolean
  /** A message is received or dropped. */
  readonly had: (event: MachineEvent, message: Delivery) => void
}

/** `oneByOne` where no two messages wait for the same one last. */
export const make = (oneByOne: boolean): PassedOn => {
  const machines: Array<Entered | undefined> = []
  const of = (machine: number): Entered => {
    machines[machine] ??= { received: new Map(), dropped: new Map() }
    return machines[machine]
  }
  return {
    isFollowed: ({ machine }, { arrivedAtUs }, earlier) => {
      const { received, dropped } = of(machine)
      return (received.get(earlier) ?? dropped.get(earlier) ?? arrivedAtUs) < arrivedAtUs
    },
    had: ({ machine, kind }, { sender, sendVersion, heldFor, arrivedAtUs }) => {
      const { received, dropped } = of(machine)
      const message = address({ machine: sender, version: sendVersion })
      if (kind !== "received") {
        dropped.set(message, arrivedAtUs)
        return
      }
      if (heldFor === undefined || oneByOne) {
        received.clear()
        for (const [earlier, atUs] of dropped) {
          if (atUs >= arrivedAtUs) break
          dropped.delete(earlier)
        }
      }
      received.set(message, arrivedAtUs)
    },
  }
}
