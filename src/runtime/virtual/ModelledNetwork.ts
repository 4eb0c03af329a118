/**
 * The network of a modelled run: what is under way, and what waits for a link that is down. docs/SPEC.md states when a
 * message arrives, and what is drawn for it.
 */

import type { Change } from "../../domain/Change.ts"
import type { MachineEvent } from "../../domain/ClockEvent.ts"
import * as Fate from "../../domain/Fate.ts"
import * as Latency from "../../domain/Latency.ts"
import type { Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import * as Random from "../../domain/Random.ts"
import type { Reach } from "../../domain/Reach.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import { type Happening, Happenings } from "../Happenings.ts"
import type { Packet } from "./ModelledMachine.ts"
import type { Order } from "./ordering/Order.ts"

export interface Arrival extends Happening {
  readonly packet: Packet
}

interface Link {
  readonly sender: number
  readonly recipient: number
  isCut: boolean
  delayUs: number
  /** When the last that left arrives. */
  lastUs: number
  /** What waits until the link is up. */
  readonly held: Set<Packet>
}

export class ModelledNetwork {
  readonly underWay = new Happenings<Arrival>()
  readonly #reach: Reach
  readonly #latencyUs: ((draw: () => number) => number) | undefined
  #latency: Latency.Latency
  readonly #isFifo: boolean
  readonly #fates: Fate.Fates
  #seed: number
  readonly #order: Order | undefined
  readonly #down = new Set<number>()
  /** By the place of the link; and the draws of each sender's messages. */
  readonly #links: Array<Link | undefined> = []
  readonly #draws: Array<(() => number) | undefined> = []
  #left = 0

  /** `latencyUs` says what a message takes, where it is to be by another law. */
  constructor(config: RunConfig, reach: Reach, order?: Order, latencyUs?: () => number) {
    const { latency = Latency.standard } = config
    this.#reach = reach
    this.#latencyUs = latencyUs
    this.#latency = latency
    this.#isFifo = config.links !== "unordered"
    this.#fates = Fate.ofRun(config)
    this.#seed = config.seed
    this.#order = order
  }

  /** For what leaves from now on; the sends so far are those of these versions, entry m being machine m's. */
  change(change: Change, versions: ReadonlyArray<number>): void {
    this.#fates.change(change, versions)
    this.#order?.notices?.change(change)
    this.#latency = change.latency ?? this.#latency
    if (change.seed === undefined) return
    this.#seed = change.seed
    this.#draws.length = 0
  }

  send(event: MachineEvent & { readonly kind: "sent" }, atUs: number): void {
    const { machine: sender, version: sendVersion, lamport: senderLamport, occurredAtUs: sentAtUs } = event
    const sent = event.payload.recipients.map((recipient) => {
      const { lost, doubled } = this.#fates.of(sender, sendVersion, recipient)
      const message = { sender, sendVersion, senderLamport, sentAtUs, ...Purpose.carried(event.payload) }
      const packet = { ...message, recipient, lost, isHad: false }
      return { recipient, packet, doubled }
    })
    this.#order?.sent(
      sent.map(({ packet }) => packet),
      atUs,
    )
    for (const { recipient, packet, doubled } of sent) {
      const link = this.#link(sender, recipient)
      if (!this.#isUp(link)) {
        link.held.add(packet)
        continue
      }
      this.#leave(link, packet, atUs)
      if (doubled) this.#leave(link, packet, atUs)
    }
  }

  /** A message that was sent before what was copied ends; what a fork drops is lost all the same. */
  packetOf(message: Message, recipient: number): Packet {
    const { lost } = this.#fates.of(message.sender, message.sendVersion, recipient)
    return { ...message, recipient, lost, isHad: false }
  }

  /** It arrives at this time, and nothing of its link before it. */
  bring(packet: Packet, arrivesUs: number): void {
    const link = this.#link(packet.sender, packet.recipient)
    link.lastUs = Math.max(link.lastUs, arrivesUs)
    this.underWay.push({ atUs: arrivesUs, order: this.#left++, packet })
  }

  /** It leaves now, whenever it was sent. */
  offer(packet: Packet, atUs: number): void {
    this.#leave(this.#link(packet.sender, packet.recipient), packet, atUs)
  }

  cut(sender: number, recipient: number, door: ReadonlyArray<Packet>): void {
    const link = this.#link(sender, recipient)
    this.#breakOff(link, door)
    link.isCut = true
  }

  heal(sender: number, recipient: number, atUs: number): void {
    const link = this.#link(sender, recipient)
    link.isCut = false
    link.delayUs = 0
    this.#offerAgain(link, atUs)
  }

  delay(sender: number, recipient: number, delayUs: number): void {
    this.#link(sender, recipient).delayUs = delayUs
  }

  /** The machine is gone, and with it what lay in its inbox; `door` gives what waits at a machine's door. */
  crash(machine: number, inbox: ReadonlyArray<Packet>, doorOf: (link: Link) => ReadonlyArray<Packet>): void {
    for (const link of this.#linksOf(machine)) this.#breakOff(link, doorOf(link))
    for (const packet of inbox) this.#link(packet.sender, machine).held.add(packet)
    this.#down.add(machine)
  }

  restart(machine: number, atUs: number): void {
    if (!this.#down.delete(machine)) return
    for (const link of this.#linksOf(machine)) this.#offerAgain(link, atUs)
  }

  /** Nothing of it is under way any more; what its recipient does not have will be offered again. */
  #breakOff(link: Link, door: ReadonlyArray<Packet>): void {
    const isItsOwn = ({ packet }: Arrival) =>
      packet.sender === link.sender && packet.recipient === link.recipient
    const gone = this.underWay.remove(isItsOwn).map(({ packet }) => packet)
    for (const packet of [...gone, ...door]) if (!packet.isHad) link.held.add(packet)
    link.lastUs = 0
  }

  #offerAgain(link: Link, atUs: number): void {
    if (!this.#isUp(link)) return
    const held = [...link.held].sort((a, b) => a.sendVersion - b.sendVersion)
    link.held.clear()
    for (const packet of held) this.#leave(link, packet, atUs)
  }

  #leave(link: Link, packet: Packet, atUs: number): void {
    this.#draws[link.sender] ??= Random.draws(this.#seed, Random.Purpose.network, link.sender)
    const draw = this.#draws[link.sender]!
    const own = atUs + link.delayUs + (this.#latencyUs?.(draw) ?? Latency.next(this.#latency, draw))
    const arrivesUs = this.#isFifo ? Math.max(own, link.lastUs) : own
    link.lastUs = arrivesUs
    this.underWay.push({ atUs: arrivesUs, order: this.#left++, packet })
  }

  #isUp({ isCut, sender, recipient }: Link): boolean {
    return !isCut && !this.#down.has(sender) && !this.#down.has(recipient)
  }

  #link(sender: number, recipient: number): Link {
    const place = this.#reach.placeOf(sender, recipient)
    this.#links[place] ??= {
      sender,
      recipient,
      isCut: false,
      delayUs: 0,
      lastUs: 0,
      held: new Set(),
    }
    return this.#links[place]!
  }

  /** Those from and to a machine, by sender and recipient. */
  #linksOf(machine: number): ReadonlyArray<Link> {
    const links: Array<Link> = []
    for (let sender = 1; sender <= this.#reach.machines; sender++)
      for (const recipient of this.#reach.linksOf(sender))
        if (sender === machine || recipient === machine) links.push(this.#link(sender, recipient))
    return links
  }
}
