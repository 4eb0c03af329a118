/**
 * In which order messages are handed to a machine: as they come, or by a layer between network and inbox that holds a
 * message back until what must come before it has been handed on. docs/DELIVERY.md defines each order.
 */
import type { Change } from "./Change.ts"
import type { Fault } from "./Fault.ts"
import * as Limits from "./Limits.ts"
import * as Reach from "./Reach.ts"

export const orders = ["fifo", "causal", "total"] as const
export type DeliveryOrder = (typeof orders)[number]

export const isOrder = (text: string): text is DeliveryOrder =>
  (orders as ReadonlyArray<string>).includes(text)

interface Given extends Reach.Given {
  readonly delivery?: DeliveryOrder
  readonly lossPpm?: number
  readonly duplicationPpm?: number
  readonly faults?: ReadonlyArray<Fault>
  readonly changes?: ReadonlyArray<Change>
}

const problemOfSize = (given: Given, order: DeliveryOrder): string | undefined => {
  if (order === "fifo") return undefined
  if (given.machines > Limits.maxOrderedMachines)
    return `must be "fifo" or left out for more than ${Limits.maxOrderedMachines} machines, as what "${order}" keeps of each message grows with them, found ${given.machines} machines`
  const links = Reach.links(given)
  return links <= Limits.maxOrderedLinks
    ? undefined
    : `must be "fifo" or left out for more than ${Limits.maxOrderedLinks} links, as what "${order}" keeps of each message grows with them, found ${links}`
}

/**
 * Why a run cannot have its delivery order: what must hold, and what was found. An order rests on every message coming
 * once and on a layer that forgets nothing; a lost message would hold back all that follow it for ever.
 */
export const problem = (given: Given): string | undefined => {
  const { delivery, faults = [], changes = [] } = given
  if (delivery === undefined) return undefined
  const settings = [given, ...changes]
  const found = settings.some(({ lossPpm = 0 }) => lossPpm > 0)
    ? "loss"
    : changes.some(({ drops = [] }) => drops.length > 0)
      ? "a message that a fork drops"
      : settings.some(({ duplicationPpm = 0 }) => duplicationPpm > 0)
        ? "duplication"
        : faults.some(({ fault }) => fault === "crash")
          ? "a crash"
          : changes.some(({ copied }) => copied)
            ? "events copied from a real run"
            : undefined
  if (found !== undefined)
    return `must be left out where messages are lost or doubled or a machine crashes, as an order needs each message once and what a layer has of them to last, found "${delivery}" with ${found}`
  return problemOfSize(given, delivery)
}
