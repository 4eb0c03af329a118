/**
 * The future cones of many events at once (`FutureCone` says what one is, and gives paths): which machines an event
 * has reached. Rows of machines, a column an event, so that a receipt looks through two rows from their beginning to
 * their end. 4 bytes a machine and event.
 */
import type { AnyClockEvent } from "../ClockEvent.ts"
import type { Address } from "./Address.ts"

export class FutureCones {
  readonly #rows: Array<Int32Array> = []
  #count = 0

  /** Of machines 1..`machines` and so many events at most. */
  constructor(machines: number, most: number) {
    for (let machine = 0; machine <= machines; machine++) this.#rows.push(new Int32Array(most))
  }

  get count(): number {
    return this.#count
  }

  /** Begins the cone of the clock event that was taken last; its number, from 0. */
  begin({ machine, version }: Address): number {
    this.#rows[machine]![this.#count] = version
    return this.#count++
  }

  /** Takes the next clock event of the log. */
  step(event: AnyClockEvent): void {
    if (event.kind !== "received") return
    const { sender, sendVersion } = event.payload
    if (sender === null || sendVersion === null) return
    const own = this.#rows[event.machine]
    const sent = this.#rows[sender]
    if (own === undefined || sent === undefined) return
    for (let cone = 0; cone < this.#count; cone++)
      if (own[cone] === 0 && sent[cone] !== 0 && sent[cone]! <= sendVersion) own[cone] = event.version
  }

  /** By cone, the version from which on the machine's clock events lie in it; 0 while none does. */
  firsts(machine: number): Int32Array {
    return this.#rows[machine]!
  }
}
