/**
 * Of total order: any two machines receive the messages that both receive in one and the same order. A message counts
 * for two machines once both have received it, with its place among the receipts of each; they agree exactly if both
 * places rise from each such message to the next.
 */
import { address, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import type { Check } from "./Check.ts"

/** A message that one machine of its group has not had yet, at least. */
interface Sent {
  left: number
  readonly receipts: Array<{ readonly machine: number; readonly place: number }>
}

/** The message that two machines received last of those that both did: its place at the lower and at the higher. */
interface Shared {
  readonly low: number
  readonly high: number
  readonly message: string
}

export interface AgreedReceipts {
  readonly sent: (event: MachineEvent, recipients: number) => void
  /** A message is received or dropped. */
  readonly had: (event: MachineEvent, message: Delivery) => void
}

export const make = (check: Check<"delivery">, machines: number): AgreedReceipts => {
  const messages = new Map<string, Sent>()
  const places = new Uint32Array(machines + 1)
  const lastShared: Array<Shared | undefined> = []

  const compare = (event: MachineEvent, message: string, place: number, other: Sent["receipts"][number]) => {
    check.counted.total++
    const isLow = event.machine < other.machine
    const [first, second] = isLow ? [event.machine, other.machine] : [other.machine, event.machine]
    const [low, high] = isLow ? [place, other.place] : [other.place, place]
    const pair = first * (machines + 1) + second
    const last = lastShared[pair]
    lastShared[pair] = { low, high, message }
    if (last === undefined || (last.low < low && last.high < high)) return
    check.fail(
      "total",
      [address(event), message, last.message],
      `In total order machines ${first} and ${second} must receive ${message} and ${last.message}, which both received, in the same order: found machine ${last.low < low ? first : second} with ${last.message} first and machine ${last.low < low ? second : first} with ${message} first`,
    )
  }

  return {
    sent: (event, recipients) => {
      if (recipients > 1) messages.set(address(event), { left: recipients, receipts: [] })
    },
    had: (event, { sender, sendVersion }) => {
      const message = `${sender}/${sendVersion}`
      const sent = messages.get(message)
      if (sent === undefined) return
      if (event.kind === "received") {
        const place = ++places[event.machine]!
        for (const other of sent.receipts) compare(event, message, place, other)
        sent.receipts.push({ machine: event.machine, place })
      }
      if (--sent.left === 0) messages.delete(message)
    },
  }
}
