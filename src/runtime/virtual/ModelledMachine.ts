/**
 * A machine of a modelled run: the decider's state, its inbox and what waits at its door. What the network brings and
 * the schedule asks for is put to the decider of the real engine; all that it makes goes to `record`.
 */
import type { DropReason, MachineEvent } from "../../domain/ClockEvent.ts"
import * as Machine from "../../domain/Machine.ts"
import type { Delivery, HeldBack, Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import type { RunConfig } from "../../domain/RunConfig.ts"
import { Fifo } from "./Fifo.ts"
import { HoldBack } from "./ordering/HoldBack.ts"
import type { Order } from "./ordering/Order.ts"

/** A message to one recipient, on its way or in the inbox. */
export interface Packet extends Message {
  readonly recipient: number
  readonly lost: boolean
  /** Whether its recipient has it, or has dropped it: what comes after is a second copy. */
  isHad: boolean
}

/** In the inbox. */
interface Had {
  readonly packet: Packet
  readonly delivery: Delivery
}

interface PassedOn {
  readonly packet: Packet
  readonly heldBack: HeldBack
}

type WithoutStamp<T> = T extends unknown ? Omit<T, "atUs" | "queueLength"> : never

export interface Options {
  readonly state: Machine.MachineState
  readonly config: Pick<RunConfig, "capacity" | "overflow">
  readonly record: (event: MachineEvent) => void
  /** The order in which messages are handed to it. */
  readonly order?: Order | undefined
  /** The decider, where it is to be another. */
  readonly decide?: typeof Machine.decide
  /** The stamp of what happens at a time, its last stamp being given. */
  readonly stamp?: (atUs: number, lastUs: number) => number
}

/** Stamps of one machine, arrivals included, strictly rise. */
const rising = (atUs: number, lastUs: number): number => Math.max(atUs, lastUs + 1)

const deliveryOf = (packet: Packet, arrivedAtUs: number): Delivery => {
  const { sender, sendVersion, senderLamport, sentAtUs } = packet
  return { sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs, ...Purpose.carried(packet) }
}

export class ModelledMachine {
  state: Machine.MachineState
  readonly inbox = new Fifo<Had>()
  /** What came and could not be let in, oldest first. */
  readonly door = new Fifo<Packet>()
  /** What its delivery order has passed on and the inbox has no room for, oldest first. */
  readonly passedOn = new Fifo<PassedOn>()
  condition: "up" | "paused" | "down" = "up"
  readonly #options: Options
  readonly #decide: typeof Machine.decide
  readonly #holdBack: HoldBack | undefined
  readonly #stamped: (atUs: number, lastUs: number) => number
  #lastUs = -1
  #downSinceUs = 0

  constructor(options: Options) {
    this.state = options.state
    this.#options = options
    this.#decide = options.decide ?? Machine.decide
    this.#stamped = options.stamp ?? rising
    if (options.order !== undefined)
      this.#holdBack = new HoldBack(options.order, (packet, heldBack, atUs) =>
        this.#arriveAtInbox(packet, atUs, heldBack),
      )
  }

  start(rate: number, phaseUs: number): void {
    this.#put({ input: "start", rate, phaseUs }, 0)
  }

  stop(atUs: number): void {
    const inbox = this.inbox.contents().map(({ delivery }) => delivery)
    this.#put({ input: "stop", reason: "finished", inbox }, atUs)
  }

  miss(first: number, count: number, atUs: number): void {
    this.#put({ input: "miss", first, count, reason: "overdue" }, atUs)
  }

  /** Stands as its copied events left it. */
  goOn(state: Machine.MachineState, lastUs: number): void {
    this.state = state
    this.#lastUs = lastUs
  }

  /** Has it in the inbox from a time on that is stamped already. */
  hold(packet: Packet, arrivedAtUs: number): void {
    packet.isHad = true
    this.#lastUs = Math.max(this.#lastUs, arrivedAtUs)
    this.inbox.push({ packet, delivery: deliveryOf(packet, arrivedAtUs) })
  }

  /** Pays what it owes; takes the oldest message, in whose place the oldest at the door comes in; or rolls. */
  tick(atUs: number): MachineEvent {
    const taken = Machine.owes(this.state) ? undefined : this.inbox.shift()
    const stamp = this.#stamp(atUs)
    const input = {
      input: "tick",
      taken: taken?.delivery,
      atUs: stamp,
      queueLength: this.inbox.length,
    } as const
    const event = this.#decided(input)
    if (taken === undefined) return event
    this.#holdBack?.order.taken(taken.packet)
    this.#letIn(atUs)
    return event
  }

  arrive(packet: Packet, atUs: number): void {
    if (this.condition !== "up") this.door.push(packet)
    else if (packet.isHad) this.#refuse(packet, "duplicate", atUs)
    else if (packet.lost) this.#refuse(packet, "loss", atUs)
    else if (this.#holdBack === undefined) this.#arriveAtInbox(packet, atUs)
    else this.#holdBack.arrive(packet, atUs)
  }

  /** Something has come that its delivery order may have waited for. */
  look(atUs: number): void {
    if (this.condition === "up") this.#holdBack?.look(atUs)
  }

  pause(): void {
    if (this.condition === "up") this.condition = "paused"
  }

  /** What waits at the door now comes. */
  unpause(atUs: number): void {
    if (this.condition !== "paused") return
    this.condition = "up"
    for (const packet of this.door.remove(() => true)) this.arrive(packet, atUs)
    this.look(atUs)
  }

  /** Loses its inbox, and gives what lay in it; undefined if it was down. */
  crash(atUs: number): ReadonlyArray<Packet> | undefined {
    if (this.condition === "down") return undefined
    this.condition = "down"
    this.#downSinceUs = atUs
    const lost = this.inbox.remove(() => true).map(({ packet }) => packet)
    for (const packet of lost) packet.isHad = false
    return lost
  }

  /** As from its log: the clock and the generator are where its last event left them. */
  restart(atUs: number): void {
    if (this.condition !== "down") return
    this.condition = "up"
    this.#put({ input: "resume", downUs: atUs - this.#downSinceUs }, atUs)
  }

  #arriveAtInbox(packet: Packet, atUs: number, heldBack?: HeldBack): void {
    const { capacity, overflow } = this.#options.config
    if (this.inbox.length < capacity) this.#enter(packet, atUs, heldBack)
    else if (overflow === "backpressure" && heldBack !== undefined) this.passedOn.push({ packet, heldBack })
    else if (overflow === "backpressure") this.door.push(packet)
    else if (overflow === "drop-newest") this.#refuse(packet, overflow, atUs)
    else {
      const { delivery } = this.inbox.shift()!
      this.#put({ input: "drop", dropped: { ...delivery, reason: overflow } }, atUs)
      this.#enter(packet, atUs, heldBack)
    }
  }

  /** As many of those at the door as there is room for; second copies on the way there are dropped. */
  #letIn(atUs: number): void {
    if (this.#holdBack !== undefined) {
      const next = this.passedOn.shift()
      if (next !== undefined) this.#enter(next.packet, atUs, next.heldBack)
      return
    }
    for (let next = this.door.oldest; next !== undefined; next = this.door.oldest) {
      if (!next.isHad && this.inbox.length >= this.#options.config.capacity) return
      this.door.shift()
      if (next.isHad) this.#refuse(next, "duplicate", atUs)
      else this.#enter(next, atUs)
    }
  }

  #enter(packet: Packet, atUs: number, heldBack?: HeldBack): void {
    packet.isHad = true
    const delivery = this.#delivered(packet, atUs)
    this.inbox.push({ packet, delivery: heldBack === undefined ? delivery : { ...delivery, ...heldBack } })
  }

  #refuse(packet: Packet, reason: DropReason, atUs: number): void {
    packet.isHad = true
    this.#put({ input: "drop", dropped: { ...this.#delivered(packet, atUs), reason } }, atUs)
  }

  /** A message's arrival is stamped later than its send, too. */
  #delivered(packet: Packet, atUs: number): Delivery {
    return deliveryOf(packet, this.#stamp(Math.max(atUs, packet.sentAtUs + 1)))
  }

  #stamp(atUs: number): number {
    this.#lastUs = this.#stamped(atUs, this.#lastUs)
    return this.#lastUs
  }

  #put(input: WithoutStamp<Exclude<Machine.Input, { input: "tick" }>>, atUs: number): void {
    const at = { atUs: this.#stamp(atUs), queueLength: this.inbox.length }
    this.#decided({ ...input, ...at } as Machine.Input)
  }

  #decided(input: Machine.Input): MachineEvent {
    const event = this.#decide(this.state, input)
    this.state = Machine.evolve(this.state, event)
    this.#options.record(event)
    return event
  }
}
