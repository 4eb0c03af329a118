/**
 * `total`, by a fixed sequencer (Chang and Maxemchuk 1984, "Reliable Broadcast Protocols"; the form in which the message
 * goes to all at once and the sequencer sends its number after it is method BB of Kaashoek and others 1989, "An
 * Efficient Reliable Broadcast Protocol"). With each send a request goes to the sequencer, machine 1's layer, which deals
 * with those of one sender in the order of their sends; it gives each recipient the next of that recipient's own
 * numbers, so that groups may overlap. A message waits for its number, and for those with lower ones.
 *
 * docs/DELIVERY.md says why not by acknowledgements from all (Lamport 1978) or by agreed priorities (Skeen's).
 */
import type { RunConfig } from "../../../domain/RunConfig.ts"
import type { Packet } from "../ModelledMachine.ts"
import { Notices } from "./Notices.ts"
import type { Order } from "./Order.ts"

const sequencer = 1

interface Request {
  readonly packets: ReadonlyArray<Packet>
  hasCome: boolean
}

export class AgreedOrder implements Order {
  readonly notices: Notices
  readonly #numbers = new WeakMap<Packet, number>()
  /** By sender, those that have not been dealt with, in the order of their sends. */
  readonly #requests = new Map<number, Array<Request>>()
  /** By recipient: numbers given to it, and passed on to it. */
  readonly #given: Array<number | undefined> = []
  readonly #passedOn: Array<number | undefined> = []

  constructor(config: RunConfig) {
    this.notices = new Notices(config)
  }

  sent(packets: ReadonlyArray<Packet>, atUs: number): void {
    const { sender } = packets[0]!
    // Its own messages take their numbers with them.
    if (sender === sequencer) for (const packet of packets) this.#numbers.set(packet, this.#give(packet))
    else {
      const request = { packets, hasCome: false }
      const requests = this.#requests.get(sender) ?? []
      this.#requests.set(sender, requests)
      requests.push(request)
      this.notices.send(sender, atUs, (arrivesUs) => {
        request.hasCome = true
        return this.#dealWith(requests, arrivesUs)
      })
    }
  }

  isNext(packet: Packet): boolean {
    return this.#numbers.get(packet) === (this.#passedOn[packet.recipient] ?? 0) + 1
  }

  passedOn(packet: Packet): void {
    this.#passedOn[packet.recipient] = this.#numbers.get(packet)!
  }

  taken(): void {}

  /** All that are next in their sender's order; undefined unless one was to the sequencer itself. */
  #dealWith(requests: Array<Request>, atUs: number): number | undefined {
    let own: number | undefined
    while (requests[0]?.hasCome === true) {
      for (const packet of requests.shift()!.packets) {
        const number = this.#give(packet)
        if (packet.recipient === sequencer) {
          this.#numbers.set(packet, number)
          own = sequencer
        } else
          this.notices.send(sequencer, atUs, () => {
            this.#numbers.set(packet, number)
            return packet.recipient
          })
      }
    }
    return own
  }

  #give({ recipient }: Packet): number {
    const number = (this.#given[recipient] ?? 0) + 1
    this.#given[recipient] = number
    return number
  }
}
