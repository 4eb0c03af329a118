/** What is kept of sends whose messages are still in flight: only as long as it is needed. */

import type { AnyMachineEvent, Logged } from "./ClockEvent.ts"
import type { AnyDelivery } from "./Message.ts"

type Send = Logged<AnyMachineEvent> & { readonly kind: "sent" }

interface Held<A> {
  left: number
  readonly value: A
}

const keyOf = (machine: number, version: number): number => machine * 2 ** 32 + version

export class InFlight<A> {
  readonly #held = new Map<number, Held<A>>()
  readonly #machines: ReadonlySet<number>
  readonly #release: (value: A) => void

  /** Only messages to these machines are waited for. `release` is told of a send none of whose is in flight. */
  constructor(machines: ReadonlyArray<number>, release: (value: A) => void = () => {}) {
    this.#machines = new Set(machines)
    this.#release = release
  }

  /** How many sends are kept. */
  get size(): number {
    return this.#held.size
  }

  /** A log that does not say to whom may have any number of receipts. */
  send(event: Send, make: () => A): void {
    const { recipients } = event.payload
    let left = recipients.length === 0 ? Number.POSITIVE_INFINITY : 0
    for (const recipient of recipients) if (this.#machines.has(recipient)) left++
    if (left > 0) this.#held.set(keyOf(event.machine, event.version), { left, value: make() })
  }

  /** Hands what is kept of a message's send to `use`, as it ends its way; not called where nothing is. */
  take({ sender, sendVersion }: AnyDelivery, use: (value: A) => void = () => {}): void {
    if (sender === null || sendVersion === null) return
    const key = keyOf(sender, sendVersion)
    const held = this.#held.get(key)
    if (held === undefined) return
    use(held.value)
    if (--held.left > 0) return
    this.#held.delete(key)
    this.#release(held.value)
  }
}
