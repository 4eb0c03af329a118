/** What the messages in flight are for, as their sends say, and what else a check ties to them. */
import { address, type Logged, type MachineEvent } from "../ClockEvent.ts"
import * as Purpose from "../Purpose.ts"

type Of<Kind extends MachineEvent["kind"]> = Logged<MachineEvent> & { readonly kind: Kind }

interface Send<Tied> {
  readonly carried: Purpose.Purposed
  readonly tied: Tied
  readonly sentAtUs: number
  /** Recipients that have not had it. */
  readonly left: Set<number>
}

type Tell = (rule: "carried-purpose", events: ReadonlyArray<string>, message: string) => unknown

const keyOf = (sender: number, version: number): number => sender * 2 ** 32 + version

export class Purposes<Tied> {
  readonly #sends = new Map<number, Send<Tied>>()
  readonly #tell: Tell

  constructor(tell: Tell) {
    this.#tell = tell
  }

  send(event: Of<"sent">, tied: Tied): void {
    const carried = Purpose.carried(event.payload)
    const left = new Set(event.payload.recipients)
    const { machine, version, occurredAtUs: sentAtUs } = event
    this.#sends.set(keyOf(machine, version), { carried, tied, sentAtUs, left })
  }

  /** What was tied to the message; undefined if it is not in flight to this machine, which `messages` tells. */
  receive(event: Of<"received">): { readonly tied: Tied } | undefined {
    const { sender, sendVersion } = event.payload
    const key = keyOf(sender, sendVersion)
    const send = this.#sends.get(key)
    if (send?.left.delete(event.machine) !== true) return undefined
    if (send.left.size === 0) this.#sends.delete(key)
    const [found, expected] = [Purpose.told(event.payload), Purpose.told(send.carried)]
    if (found !== expected)
      this.#tell(
        "carried-purpose",
        [address(event), `${sender}/${sendVersion}`],
        `A message has the purpose of its send, ${expected}: found ${found}`,
      )
    return send
  }

  /** When the oldest message in flight was sent, microseconds since the epoch; infinite if there is none. */
  oldestUs(): number {
    let us = Number.POSITIVE_INFINITY
    for (const { sentAtUs } of this.#sends.values()) us = Math.min(us, sentAtUs)
    return us
  }
}
