/**
 * A message is identified by (sender, send version, recipient). It carries the sender's clock at the send and
 * is in flight until the recipient's stream has its `received` or `dropped`.
 */
export interface Message {
  readonly sender: number
  readonly sendVersion: number
  readonly senderLamport: number
  /** Microseconds since the Unix epoch. */
  readonly sentAtUs: number
}

/** A message in its recipient's inbox, or as a `received` or `dropped` event names it. */
export interface Delivery extends Message {
  readonly arrivedAtUs: number
}
