/** The messages that replayed machines have sent and that nobody has received or dropped yet. */
import { isSecondCopy, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery, Message } from "../Message.ts"
import { LinkQueue } from "../verification/LinkQueue.ts"

export class Flights {
  /** By recipient, then by sender. */
  readonly #links: Array<Map<number, LinkQueue> | undefined> = []

  /** What a message in flight carries by the sender that was replayed. */
  find(
    recipient: number,
    { sender, sendVersion }: Delivery,
  ): Omit<Message, "sender" | "sendVersion"> | undefined {
    const link = this.#links[recipient]?.get(sender)
    const index = link?.find(sendVersion) ?? -1
    if (link === undefined || index < 0) return undefined
    return { senderLamport: link.lamport(index), sentAtUs: link.sentAtUs(index) }
  }

  /** `recorded` says under which version the record knows a message, `replayed` what it is. */
  step(recorded: MachineEvent, replayed: MachineEvent): void {
    if (replayed.kind === "sent")
      for (const recipient of replayed.payload.recipients) {
        this.#links[recipient] ??= new Map()
        const links = this.#links[recipient]
        const link = links.get(replayed.machine) ?? new LinkQueue()
        if (link.newestSent === 0) links.set(replayed.machine, link)
        if (recorded.version > link.newestSent)
          link.push(recorded.version, replayed.lamport, replayed.occurredAtUs)
      }
    else if (replayed.kind === "received" || (replayed.kind === "dropped" && !isSecondCopy(replayed))) {
      const link = this.#links[replayed.machine]?.get(replayed.payload.sender)
      const index = link?.find(replayed.payload.sendVersion) ?? -1
      if (index >= 0) link!.dispose(index)
    }
  }
}
