/**
 * A machine's bounded queue of messages, filled as fast as the network delivers. A plain ring rather than an
 * Effect queue: its length is recorded in every event, and a queue's size there counts suspended fibers too.
 */
import type { Delivery } from "../../domain/Message.ts"
import * as Signal from "../Signal.ts"

export class Inbox {
  /** Rung when a message leaves a full inbox. */
  readonly room = Signal.make()
  readonly capacity: number
  private ring: Array<Delivery | undefined> = []
  private first = 0
  private count = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get length(): number {
    return this.count
  }

  get full(): boolean {
    return this.count === this.capacity
  }

  /** The inbox must have room: how a full one is dealt with is the overflow policy's, not its own. */
  push(delivery: Delivery): void {
    if (this.full) throw new Error(`Cannot push: the inbox holds its capacity of ${this.capacity}`)
    if (this.count === this.ring.length) this.grow()
    this.ring[(this.first + this.count) % this.ring.length] = delivery
    this.count++
  }

  take(): Delivery | undefined {
    if (this.count === 0) return undefined
    const delivery = this.ring[this.first]
    this.ring[this.first] = undefined
    this.first = (this.first + 1) % this.ring.length
    if (this.count-- === this.capacity) this.room.notify()
    return delivery
  }

  /** What it holds, oldest first. */
  contents(): ReadonlyArray<Delivery> {
    return Array.from({ length: this.count }, (_, i) => this.ring[(this.first + i) % this.ring.length]!)
  }

  /** A thousand machines rarely fill their inboxes, so the ring grows with what it holds. */
  private grow(): void {
    const held = this.contents()
    this.ring = [...held, ...new Array(Math.min(this.capacity, Math.max(8, held.length * 2)) - held.length)]
    this.first = 0
  }
}
