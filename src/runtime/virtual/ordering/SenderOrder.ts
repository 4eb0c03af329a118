/** `fifo`: each message bears its number on its link, and waits for the one before it. */
import type { Reach } from "../../../domain/Reach.ts"
import type { Packet } from "../ModelledMachine.ts"
import type { Order } from "./Order.ts"

export class SenderOrder implements Order {
  readonly #reach: Reach
  readonly #numbers = new WeakMap<Packet, number>()
  /** By the place of the link: messages sent on it, and passed on from it. */
  readonly #sent: Array<number | undefined> = []
  readonly #passedOn: Array<number | undefined> = []

  constructor(reach: Reach) {
    this.#reach = reach
  }

  sent(packets: ReadonlyArray<Packet>): void {
    for (const packet of packets) {
      const link = this.#linkOf(packet)
      const number = (this.#sent[link] ?? 0) + 1
      this.#sent[link] = number
      this.#numbers.set(packet, number)
    }
  }

  isNext(packet: Packet): boolean {
    return this.#numbers.get(packet) === (this.#passedOn[this.#linkOf(packet)] ?? 0) + 1
  }

  passedOn(packet: Packet): void {
    this.#passedOn[this.#linkOf(packet)] = this.#numbers.get(packet)!
  }

  taken(): void {}

  #linkOf({ sender, recipient }: Packet): number {
    return this.#reach.placeOf(sender, recipient)
  }
}
