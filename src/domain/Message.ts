import type { Purposed } from "./Purpose.ts"

/**
 * A message is identified by (sender, send version, recipient). It carries the sender's clock at the send and
 * is in flight until the recipient's stream has its `received` or `dropped`.
 */
export interface Message extends Purposed {
  readonly sender: number
  readonly sendVersion: number
  readonly senderLamport: number
  /** Microseconds since the Unix epoch. */
  readonly sentAtUs: number
}

/** By which it is told from all others of its run. */
export const nameOf = (sender: number, sendVersion: number, recipient: number): string =>
  `${sender}/${sendVersion}>${recipient}`

/** A message in its recipient's inbox, or as a `received` or `dropped` event names it. */
export interface Delivery extends Message, HeldBack {
  readonly arrivedAtUs: number
}

/** Of a message that a delivery order held back before it let it into the inbox. */
export interface HeldBack {
  /** From when the network brought it until it could be handed on, microseconds. */
  readonly heldUs?: number
  /** The address of the message that it waited for last; left out where it waited for its place alone. */
  readonly heldFor?: string
}

/** A message as the receipt of an imported log names it: which send it was is known, if not all that ours say. */
export interface ImportedDelivery {
  readonly sender: number
  readonly sendVersion: number
  readonly senderLamport: number | null
  readonly sentAtUs: number
  readonly arrivedAtUs: number | null
}

/** A message whose send is not in the log, or cannot be told: what the receipt itself says of it. */
export interface UnknownDelivery {
  readonly sender: number | null
  readonly sendVersion: null
  readonly senderLamport: number | null
  readonly sentAtUs: null
  readonly arrivedAtUs: number | null
}

export type AnyDelivery = Delivery | ImportedDelivery | UnknownDelivery
