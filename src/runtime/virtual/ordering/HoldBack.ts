/** The layer between a machine's network and its inbox: what has come and may not be passed on yet. */
import { address } from "../../../domain/ClockEvent.ts"
import type { HeldBack } from "../../../domain/Message.ts"
import type { Packet } from "../ModelledMachine.ts"
import type { Order } from "./Order.ts"

interface Held {
  readonly packet: Packet
  readonly sinceUs: number
}

interface Released {
  readonly packet: Packet
  readonly heldBack: HeldBack
}

type PassOn = (packet: Packet, heldBack: HeldBack, atUs: number) => void

const notHeld: HeldBack = {}
const addressOf = ({ sender, sendVersion }: Packet): string =>
  address({ machine: sender, version: sendVersion })

export class HoldBack {
  readonly order: Order
  readonly #passOn: PassOn
  /** In the order in which they came. */
  #held: ReadonlyArray<Held> = []

  constructor(order: Order, passOn: PassOn) {
    this.order = order
    this.#passOn = passOn
  }

  arrive(packet: Packet, atUs: number): void {
    if (this.order.isNext(packet)) this.#release([{ packet, heldBack: notHeld }], atUs)
    else this.#held = [...this.#held, { packet, sinceUs: Math.max(atUs, packet.sentAtUs + 1) }]
  }

  /** Passes on what no longer waits for anything, something but a message having come. */
  look(atUs: number): void {
    this.#release(this.#next(atUs), atUs)
  }

  /** With each message that is passed on come those that waited for it last. */
  #release(first: ReadonlyArray<Released>, atUs: number): void {
    const released = [...first]
    for (let next = released.shift(); next !== undefined; next = released.shift()) {
      this.order.passedOn(next.packet)
      this.#passOn(next.packet, next.heldBack, atUs)
      released.push(...this.#next(atUs, addressOf(next.packet)))
    }
  }

  #next(atUs: number, heldFor?: string): ReadonlyArray<Released> {
    const next = this.#held.filter(({ packet }) => this.order.isNext(packet))
    if (next.length === 0) return []
    this.#held = this.#held.filter((held) => !next.includes(held))
    const last = heldFor === undefined ? {} : { heldFor }
    return next.map(({ packet, sinceUs }) => ({
      packet,
      heldBack: { heldUs: Math.max(0, atUs - sinceUs), ...last },
    }))
  }
}
