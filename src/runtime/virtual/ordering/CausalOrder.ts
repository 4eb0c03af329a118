/**
 * `causal`. Messages to everybody bear a vector, how many such each machine has sent (Birman, Schiper and Stephenson
 * 1991, "Lightweight Causal and Atomic Group Multicast", protocol CBCAST). All others bear a matrix, how many messages
 * each machine has sent to each (Raynal, Schiper and Toueg 1991, "The Causal Ordering Abstraction and a Simple Way to
 * Implement It"), with a number for each link, as nothing goes where there is none. A message waits until its recipient
 * has been passed all that these count, itself not included. In a run with both kinds each message bears both.
 *
 * The matrix alone would do for everything; of a broadcast the vector says in N numbers what takes it N².
 */
import type { Reach } from "../../../domain/Reach.ts"
import type { Packet } from "../ModelledMachine.ts"
import type { Order } from "./Order.ts"

/** Messages by whom they were sent: those to everybody by sender, the others by link. */
interface Counts {
  readonly broadcasts: Uint32Array
  readonly others: Uint32Array
}

/** What a message carries: all that was sent before it in happened-before, and with it. */
interface Carried extends Counts {
  readonly isBroadcast: boolean
}

const raise = (to: Uint32Array, from: Uint32Array): void => {
  for (let i = 0; i < to.length; i++) if (to[i]! < from[i]!) to[i] = from[i]!
}

export class CausalOrder implements Order {
  readonly #reach: Reach
  readonly #hasBroadcasts: boolean
  /** By recipient, who may send to it. */
  readonly #sendersTo: ReadonlyArray<ReadonlyArray<number>>
  readonly #carried = new WeakMap<Packet, Carried>()
  /** By machine: what was sent in its past. */
  readonly #past: ReadonlyArray<Counts>
  /** By machine: broadcasts that were passed on to it; and by link, other messages. */
  readonly #broadcastsPassedOn: ReadonlyArray<Uint32Array>
  readonly #othersPassedOn: Uint32Array

  constructor(reach: Reach, hasBroadcasts: boolean) {
    this.#reach = reach
    this.#hasBroadcasts = hasBroadcasts
    const all = Array.from({ length: reach.machines + 1 }, (_, machine) => machine)
    const linksOf = (machine: number) => (machine === 0 ? [] : reach.linksOf(machine))
    const links = all.reduce((sum, machine) => sum + linksOf(machine).length, 0)
    this.#sendersTo = all.map((recipient) => all.filter((sender) => linksOf(sender).includes(recipient)))
    const broadcasts = () => new Uint32Array(hasBroadcasts ? all.length : 0)
    this.#past = all.map(() => ({ broadcasts: broadcasts(), others: new Uint32Array(links) }))
    this.#broadcastsPassedOn = all.map(broadcasts)
    this.#othersPassedOn = new Uint32Array(links)
  }

  sent(packets: ReadonlyArray<Packet>): void {
    const { sender } = packets[0]!
    const { broadcasts, others } = this.#past[sender]!
    const isBroadcast = this.#hasBroadcasts && packets.length === this.#reach.machines - 1
    if (isBroadcast) broadcasts[sender]!++
    else for (const { recipient } of packets) others[this.#reach.placeOf(sender, recipient)]!++
    const carried = { isBroadcast, broadcasts: broadcasts.slice(), others: others.slice() }
    for (const packet of packets) this.#carried.set(packet, carried)
  }

  isNext(packet: Packet): boolean {
    const { isBroadcast, broadcasts, others } = this.#carried.get(packet)!
    const { sender: from, recipient } = packet
    const passedOn = this.#broadcastsPassedOn[recipient]!
    for (const sender of this.#sendersTo[recipient]!) {
      const itself = sender === from ? 1 : 0
      const link = this.#reach.placeOf(sender, recipient)
      if (this.#othersPassedOn[link]! < others[link]! - (isBroadcast ? 0 : itself)) return false
      if (this.#hasBroadcasts && passedOn[sender]! < broadcasts[sender]! - (isBroadcast ? itself : 0))
        return false
    }
    return true
  }

  passedOn(packet: Packet): void {
    const { sender, recipient } = packet
    if (this.#carried.get(packet)!.isBroadcast) this.#broadcastsPassedOn[recipient]![sender]!++
    else this.#othersPassedOn[this.#reach.placeOf(sender, recipient)]!++
  }

  taken(packet: Packet): void {
    const { broadcasts, others } = this.#carried.get(packet)!
    const past = this.#past[packet.recipient]!
    raise(past.broadcasts, broadcasts)
    raise(past.others, others)
  }
}
